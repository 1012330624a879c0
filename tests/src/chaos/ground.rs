//! What the load works on: a few resources at a time, each until it has seen so many calls that a longer history could not
//! be judged; then another one takes its place.

use super::dice::weighted;
use super::history::{Answer, Call, Outcome, Resource};
use super::sequential::{FIRST_VERSION, VERSIONS_MAX};
use rand::Rng as _;
use rand::rngs::StdRng;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Calls on one resource, with room for the last reads below what a search takes.
const CALLS: u32 = 2_000;
/// Changes of unknown outcome on one resource: each may double what a search has to try.
const UNKNOWN: u32 = 6;
/// Versions of one parameter that one page of its history holds.
const PARAMETER_VERSIONS: u32 = 45;
/// Resources of each kind at a time. Few, so that calls meet.
const KEYS: usize = 3;
const ALIASES: usize = 1;
const PARAMETERS: usize = 4;
const SECRETS: usize = 2;
/// The keys that aliases name; nobody disables them.
pub const ALIAS_TARGETS: [u32; 2] = [0, 1];

/// Names, and what has to be remembered about answers.
pub struct Ground {
    marker: String,
    known: Mutex<Known>,
    slots: Mutex<Vec<Slot>>,
}

#[derive(Default)]
struct Known {
    keys: Vec<String>,
    numbers: HashMap<String, u32>,
    ciphertexts: Vec<Ciphertext>,
    surprises: Vec<String>,
    next: [u32; 3],
}

/// A ciphertext that was answered, and what it has to open to.
#[derive(Clone)]
pub struct Ciphertext {
    /// The key.
    pub key: u32,
    /// As it was answered.
    pub blob: bytes::Bytes,
    /// What it opens to.
    pub plaintext: Vec<u8>,
}

/// One of the resources that are worked on.
struct Slot {
    resource: Option<Resource>,
    kind: Kind,
    calls: u32,
    unknown: u32,
    /// Versions given out, and of secrets those that are there for sure.
    versions: u32,
    acknowledged: Vec<u32>,
    /// Of a secret, where AWSCURRENT was last seen.
    current: u32,
    being_made: bool,
}

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Keys.
    Key,
    /// Aliases.
    Alias,
    /// Parameters.
    Parameter,
    /// Secrets.
    Secret,
}

/// What a client is to do next.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Make a resource that the service names, or that begins with something in it.
    Make(usize, Kind),
    /// Call.
    Call(usize, Resource, Call),
}

impl Ground {
    /// An empty one, whose secrets all hold `marker`.
    pub fn new(marker: String) -> Self {
        let kinds = [(Kind::Key, KEYS), (Kind::Alias, ALIASES), (Kind::Parameter, PARAMETERS), (Kind::Secret, SECRETS)];
        let slots =
            kinds.into_iter().flat_map(|(kind, count)| std::iter::repeat_with(move || Slot::empty(kind)).take(count));
        Self { marker, known: Mutex::default(), slots: Mutex::new(slots.collect()) }
    }

    /// What every secret value holds.
    pub fn marker(&self) -> &str {
        &self.marker
    }

    /// Draws what to do next; `kinds` are those that the client knows how to call.
    pub fn plan(&self, dice: &mut StdRng, kinds: &[Kind], only_reads: bool) -> Plan {
        let mut slots = lock(&self.slots);
        let fit: Vec<usize> =
            (0..slots.len()).filter(|place| kinds.contains(&slots[*place].kind) && !slots[*place].being_made).collect();
        let place = fit[dice.random_range(0..fit.len())];
        let slot = &mut slots[place];
        if slot.is_used_up() {
            match slot.kind {
                Kind::Key | Kind::Secret => {
                    slot.being_made = true;
                    return Plan::Make(place, slot.kind);
                }
                Kind::Alias => slot.take(Resource::Alias(self.next(slot.kind))),
                Kind::Parameter => slot.take(Resource::Parameter(self.next(slot.kind))),
            }
        }
        slot.calls += 1;
        let resource = slot.resource.expect("a slot that is not used up holds something");
        Plan::Call(place, resource, slot.draw(dice, only_reads))
    }

    /// What is worked on now.
    pub fn current(&self) -> Vec<Resource> {
        lock(&self.slots).iter().filter_map(|slot| slot.resource).collect()
    }

    /// The number of the next resource of a kind that the client names.
    pub fn next(&self, kind: Kind) -> u32 {
        let next = &mut lock(&self.known).next[match kind {
            Kind::Key | Kind::Alias => 0,
            Kind::Parameter => 1,
            Kind::Secret => 2,
        }];
        *next += 1;
        *next - 1
    }

    /// Notes what was made for a place; `None` when that is not known, and nobody will use it.
    pub fn made(&self, place: usize, resource: Option<Resource>) {
        let slot = &mut lock(&self.slots)[place];
        slot.being_made = false;
        if let Some(resource) = resource {
            slot.take(resource);
        }
    }

    /// Notes how a call ended, as far as the next ones depend on it.
    pub fn learn(&self, place: usize, resource: Resource, call: &Call, outcome: &Outcome) {
        let mut slots = lock(&self.slots);
        let slot = &mut slots[place];
        if slot.resource != Some(resource) {
            return;
        }
        match (call, outcome) {
            (call, Outcome::Unknown(_)) => slot.unknown += u32::from(call.changes()),
            (Call::DeleteParameter, Outcome::Answered(Answer::Done)) => slot.versions = 0,
            (Call::PutSecretValue(version), Outcome::Answered(Answer::Done)) => {
                slot.acknowledged.push(*version);
                slot.current = *version;
            }
            (Call::MoveCurrent { to, .. }, Outcome::Answered(Answer::Done)) => slot.current = *to,
            (_, Outcome::Answered(Answer::SecretVersion(version))) if *call == Call::GetCurrent => {
                slot.current = *version;
            }
            _ => {}
        }
    }

    /// Gives a key that was made its number.
    pub fn know_key(&self, id: String) -> u32 {
        let mut known = lock(&self.known);
        let number = u32::try_from(known.keys.len()).expect("few keys");
        known.numbers.insert(id.clone(), number);
        known.keys.push(id);
        number
    }

    /// A key's id.
    pub fn key_id(&self, number: u32) -> String {
        lock(&self.known).keys[number as usize].clone()
    }

    /// How many keys were made for sure.
    pub fn keys(&self) -> u32 {
        u32::try_from(lock(&self.known).keys.len()).expect("few keys")
    }

    /// The number of a key that was named in an answer.
    pub fn key_number(&self, id: &str) -> Option<u32> {
        lock(&self.known).numbers.get(id).copied()
    }

    /// Remembers a ciphertext.
    pub fn know_ciphertext(&self, ciphertext: Ciphertext) {
        lock(&self.known).ciphertexts.push(ciphertext);
    }

    /// One that was answered under a key, if there is any among a few that are drawn.
    pub fn some_ciphertext(&self, key: u32, chance: u32) -> Option<Ciphertext> {
        let known = lock(&self.known);
        let under: Vec<&Ciphertext> = known.ciphertexts.iter().rev().take(400).filter(|text| text.key == key).collect();
        (!under.is_empty()).then(|| under[chance as usize % under.len()].clone())
    }

    /// Every one.
    pub fn ciphertexts(&self) -> Vec<Ciphertext> {
        lock(&self.known).ciphertexts.clone()
    }

    /// Notes an answer that nobody should get.
    pub fn surprise(&self, what: String) {
        lock(&self.known).surprises.push(what);
    }

    /// Those answers.
    pub fn surprises(&self) -> Vec<String> {
        lock(&self.known).surprises.clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Slot {
    fn empty(kind: Kind) -> Self {
        Self {
            resource: None,
            kind,
            calls: 0,
            unknown: 0,
            versions: 0,
            acknowledged: Vec::new(),
            current: FIRST_VERSION,
            being_made: false,
        }
    }

    fn take(&mut self, resource: Resource) {
        *self = Self { resource: Some(resource), ..Self::empty(self.kind) };
        if self.kind == Kind::Secret {
            self.versions = FIRST_VERSION;
            self.acknowledged.push(FIRST_VERSION);
        }
    }

    fn is_used_up(&self) -> bool {
        let versions = match self.kind {
            Kind::Parameter => PARAMETER_VERSIONS,
            // Secrets Manager keeps a hundred that are younger than a day.
            Kind::Secret => VERSIONS_MAX.min(95),
            Kind::Key | Kind::Alias => u32::MAX,
        };
        self.resource.is_none() || self.calls > CALLS || self.unknown >= UNKNOWN || self.versions >= versions
    }

    fn draw(&mut self, dice: &mut StdRng, only_reads: bool) -> Call {
        match self.kind {
            Kind::Key if only_reads => weighted(dice, &[(1, Call::DescribeKey), (1, Call::UseKey("Encrypt"))]),
            Kind::Alias if only_reads => Call::ResolveAlias,
            Kind::Parameter if only_reads => Call::GetParameter,
            Kind::Secret if only_reads => Call::GetCurrent,
            Kind::Key => draw_key(dice),
            Kind::Alias => {
                let to = ALIAS_TARGETS[dice.random_range(0..ALIAS_TARGETS.len())];
                let calls = [
                    (15, Call::CreateAlias(to)),
                    (25, Call::UpdateAlias(to)),
                    (10, Call::DeleteAlias),
                    (50, Call::ResolveAlias),
                ];
                weighted(dice, &calls)
            }
            Kind::Parameter => self.draw_parameter(dice),
            Kind::Secret => self.draw_secret(dice),
        }
    }

    fn draw_parameter(&mut self, dice: &mut StdRng) -> Call {
        let value = dice.random_range(0..u32::MAX);
        let calls = [
            (33, Call::PutParameter { value, overwrite: true }),
            (7, Call::PutParameter { value, overwrite: false }),
            (43, Call::GetParameter),
            (12, Call::GetParameterHistory),
            (5, Call::DeleteParameter),
        ];
        let call = weighted(dice, &calls);
        self.versions += u32::from(matches!(call, Call::PutParameter { .. }));
        call
    }

    fn draw_secret(&mut self, dice: &mut StdRng) -> Call {
        let to = self.acknowledged[dice.random_range(0..self.acknowledged.len())];
        let from = self.current;
        let put = match dice.random_range(0..6) {
            // A retry of what was answered long ago.
            0 => Call::PutSecretValue(to),
            _ => Call::PutSecretValue(self.versions + 1),
        };
        let moved = if to == from { Call::DescribeSecret } else { Call::MoveCurrent { from, to } };
        let calls =
            [(30, put), (35, Call::GetCurrent), (12, Call::GetPrevious), (10, moved), (13, Call::DescribeSecret)];
        let call = weighted(dice, &calls);
        self.versions += u32::from(call == Call::PutSecretValue(self.versions + 1));
        call
    }
}

fn draw_key(dice: &mut StdRng) -> Call {
    let calls = [
        (24, Call::UseKey("Encrypt")),
        (30, Call::UseKey("Decrypt")),
        (7, Call::UseKey("GenerateDataKey")),
        (3, Call::DecryptElsewhere),
        (8, Call::DescribeKey),
        (7, Call::DisableKey),
        (12, Call::EnableKey),
        (2, Call::ScheduleKeyDeletion),
        (5, Call::CancelKeyDeletion),
        (2, Call::RotateKey),
    ];
    weighted(dice, &calls)
}
