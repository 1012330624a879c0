//! The operations that are built, as their services offer them.

use access::{Credentials, Rates, Verifier};
use replica::{Region, Replica};
use service::{Offer, Offers};
use std::collections::HashMap;
use std::sync::Arc;

/// What serves one Region: a replica, the access keys, and the operations of each service.
pub struct Services {
    pub(crate) region: Region,
    pub(crate) replica: Arc<dyn Replica>,
    pub(crate) verifier: Verifier,
    /// What accounts are held to; nothing without.
    pub(crate) rates: Option<Arc<Rates>>,
    offers: HashMap<(&'static str, &'static str), Box<dyn Offer>>,
}

impl Services {
    /// No operations yet.
    pub fn new(region: Region, replica: Arc<dyn Replica>, credentials: Arc<dyn Credentials>) -> Self {
        let verifier = Verifier::new(region.clone(), credentials);
        Self { verifier, region, replica, rates: None, offers: HashMap::new() }
    }

    /// Holds accounts to these request rates.
    #[must_use]
    pub fn rated(self, rates: Arc<Rates>) -> Self {
        Self { rates: Some(rates), ..self }
    }

    /// Adds the operations that a service offers.
    ///
    /// # Panics
    /// When one was added before.
    #[must_use]
    pub fn with(mut self, offers: Offers) -> Self {
        for offer in offers {
            let (service, operation) = offer.name();
            let before = self.offers.insert((service, operation), offer);
            assert!(before.is_none(), "{service}:{operation} was added before");
        }
        self
    }

    /// The operation; `None` when it is not built.
    pub(crate) fn offer(&self, service: &'static str, operation: &'static str) -> Option<&dyn Offer> {
        self.offers.get(&(service, operation)).map(|offer| &**offer)
    }
}
