//! No operation reaches into another account: every one that is built, with every member of its request that names a
//! resource, in every form that such a name has.
//!
//! The operations are those that the server offers, their members those of AWS's model, so a new operation is tested
//! without being written down here. One whose member nobody has classified yet fails the test.

mod members;
mod world;

use anyhow::{Context, Result, anyhow, bail, ensure};
use members::{Form, Kind};
use proto::ServiceInfo;
use serde_json::{Map, Value, json};
use tests::{Cluster, Options, Refusal};
use world::World;

/// A built operation.
struct Operation {
    service: &'static ServiceInfo,
    name: &'static str,
    /// Its members and what each names.
    members: Vec<(String, Kind)>,
}

impl Operation {
    fn of(service: &'static ServiceInfo, name: &'static str) -> Result<Self> {
        let classified = |(member, might_name): (String, bool)| match members::kind(service.name, &member) {
            Some(kind) => Ok((member, kind)),
            None if !might_name => Ok((member, Kind::Plain)),
            None => bail!("say in members.rs what {member} of {name} names, and what a stranger is answered"),
        };
        let members = members::members(service, name).into_iter().map(classified).collect::<Result<_>>()?;
        Ok(Self { service, name, members })
    }

    /// A request that would do: about what `own` owns, except for one member.
    fn body(&self, own: &World, foreign: Option<(&str, &Value)>) -> Value {
        let mut body = Map::new();
        let is_foreign_ciphertext = self
            .members
            .iter()
            .any(|(name, kind)| *kind == Kind::Ciphertext && foreign.is_some_and(|(f, _)| f == name));
        for (name, kind) in &self.members {
            let value = match (foreign, kind) {
                (Some((member, value)), _) if member == name => Some(value.clone()),
                (_, Kind::Plain) => members::filler(self.name, name, own),
                // The ciphertext says whose key it is; with another key's name it would be refused for that.
                (_, Kind::Key) if is_foreign_ciphertext && name != "DestinationKeyId" => None,
                (_, kind) => Some(members::own(self.name, *kind, own)),
            };
            body.extend(value.map(|value| (name.clone(), value)));
        }
        Value::Object(body)
    }

    async fn call(&self, caller: &World, body: &Value) -> Result<Result<Value, Refusal>> {
        caller.call(self.service.name, self.name, body).await
    }
}

/// Everything that the server offers.
async fn built(world: &World) -> Result<Vec<Operation>> {
    let mut built = Vec::new();
    for service in proto::services() {
        for operation in service.operations {
            if world.is_built(service, operation.name).await? {
                built.push(Operation::of(service, operation.name)?);
            }
        }
    }
    Ok(built)
}

/// The stranger names what the owner has, in one form, in one member.
async fn try_form(operation: &Operation, member: &str, form: &Form, owner: &World, stranger: &World) -> Result<()> {
    let what = format!("{}:{} with {member} by {}", operation.service.name, operation.name, form.name);
    let body = operation.body(stranger, Some((member, &form.value)));
    let answer = operation.call(stranger, &body).await?;
    let told = format!("{answer:?}");
    ensure!(!told.contains(&owner.value()), "{what} tells what is secret: {told}");
    match &answer {
        Ok(_) => ensure!(form.may_succeed || lists_as_missing(&answer), "{what} is done: {told}"),
        Err(Refusal { code, .. }) => {
            let is_awss = form.codes.contains(&code.as_str()) || members::is_of_operation(operation.name, code);
            ensure!(is_awss, "{what}: {told}, not {:?}", form.codes);
        }
    }
    if answer.is_ok() && operation.name == "CreateAlias" {
        // The name is the stranger's own now; what follows is about the owner's alone.
        let made = json!({ "AliasName": form.value });
        stranger.call("kms", "DeleteAlias", &made).await?.map_err(|refusal| anyhow!("{refusal:?}"))?;
    }
    let Some(imagined) = &form.imagined else { return Ok(()) };
    let body = operation.body(stranger, Some((member, imagined)));
    let of_imagined = format!("{:?}", operation.call(stranger, &body).await?);
    let same = of_imagined.replace(name_in(imagined), name_in(&form.value));
    ensure!(
        without_request_id(&same) == without_request_id(&told),
        "{what} tells whether there is such a thing: {told} and {of_imagined}"
    );
    Ok(())
}

/// Operations on lists answer well and say what they did not find.
fn lists_as_missing(answer: &Result<Value, Refusal>) -> bool {
    let Ok(answer) = answer else { return false };
    let is_listed = |name: &str| answer[name].as_array().is_some_and(|list| !list.is_empty());
    is_listed("InvalidParameters") || is_listed("Errors")
}

/// Parameter Store hands KMS's errors on with the id of the request.
fn without_request_id(told: &str) -> &str {
    told.split("Request ID: ").next().unwrap_or_default()
}

fn name_in(value: &Value) -> &str {
    value.as_str().or_else(|| value[0].as_str()).expect("a name or a list of one")
}

#[tokio::test]
async fn no_operation_reaches_what_another_account_owns() -> Result<()> {
    let cluster = Cluster::start_with(Options { nodes: 1, ..Options::default() })?;
    let mut owner = World::new(&cluster, "222233334444", "canary")?;
    let mut stranger = World::new(&cluster, "555566667777", "own")?;
    owner.fill().await?;
    stranger.fill().await?;
    let before = owner.state().await?;
    let (mut tried, mut failures) = (0, Vec::new());
    for operation in built(&stranger).await? {
        stranger.is_kms = operation.service.name == "kms";
        for (member, kind) in &operation.members {
            for form in members::forms(operation.service.name, *kind, &owner) {
                tried += 1;
                let outcome = try_form(&operation, member, &form, &owner, &stranger).await;
                failures.extend(outcome.err().map(|cause| format!("{cause:#}")));
            }
        }
    }
    ensure!(failures.is_empty(), "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
    ensure!(tried > 100, "{tried} tries show nothing");
    ensure!(owner.state().await? == before, "a stranger changed something:\n{before}\n{}", owner.state().await?);
    Ok(())
}

#[tokio::test]
async fn what_names_nothing_tells_nothing_of_another_account() -> Result<()> {
    let cluster = Cluster::start_with(Options { nodes: 1, ..Options::default() })?;
    let mut owner = World::new(&cluster, "222233334444", "canary")?;
    let mut stranger = World::new(&cluster, "555566667777", "own")?;
    owner.fill().await?;
    for operation in built(&stranger).await? {
        if operation.members.iter().any(|(_, kind)| *kind != Kind::Plain) {
            continue;
        }
        stranger.is_kms = operation.service.name == "kms";
        let answer = operation.call(&stranger, &operation.body(&stranger, None)).await?;
        let answer = answer.map_err(|refusal| anyhow!("{}: {refusal:?}", operation.name))?.to_string();
        for word in [owner.account.as_str(), &owner.key_id, "canary"] {
            ensure!(!answer.contains(word), "{} tells {word}: {answer}", operation.name);
        }
    }
    Ok(())
}

/// The requests of these tests are well-formed: what a stranger is refused, the owner is served.
#[tokio::test]
async fn the_owner_is_served_by_every_operation() -> Result<()> {
    let cluster = Cluster::start_with(Options { nodes: 1, ..Options::default() })?;
    let mut owner = World::new(&cluster, "222233334444", "canary")?;
    let mut failures = Vec::new();
    for operation in built(&owner).await? {
        owner.fill().await.context(operation.name)?;
        owner.is_kms = operation.service.name == "kms";
        let body = operation.body(&owner, None);
        if let Err(refusal) = operation.call(&owner, &body).await? {
            // Only a key that waits for its deletion can be saved from it.
            let is_about_state = operation.name == "CancelKeyDeletion" && refusal.code == "KMSInvalidStateException";
            failures.extend((!is_about_state).then(|| format!("{} {body}: {refusal:?}", operation.name)));
        }
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}
