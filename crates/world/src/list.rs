//! Operations as their service lists them, run with bodies as in AWS JSON.

use futures::executor::block_on;
use proto::Operation;
use serde_json::Value;
use service::{Call, Fault, Operations};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How an operation ended: the response as in AWS JSON, or the error.
pub type Answer = Result<Value, Fault>;

/// How each operation ended, by its name.
pub type Answers<T = Answer> = BTreeMap<&'static str, T>;

/// An operation that reads its request from a body.
///
/// # Panics
/// When the operation does not read the body.
pub type Run<S> = Box<dyn Fn(Arc<S>, Call, Value) -> Answer>;

/// The operations of a service, in its order.
pub struct List<S>(Vec<(&'static str, Run<S>)>);

impl<S: Send + Sync + 'static> Operations<S> for List<S> {
    fn add<Rq, F, Fut>(&mut self, run: F)
    where
        Rq: Operation,
        F: Fn(Arc<S>, Call, Rq) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Rq::Output, Fault>> + Send + 'static,
    {
        let run = move |service, call, body| {
            let request: Rq = serde_json::from_value(body).expect("a body that the operation reads");
            block_on(run(service, call, request)).map(|answer| serde_json::to_value(&answer).expect("JSON"))
        };
        self.0.push((Rq::NAME, Box::new(run)));
    }
}

/// Runs the one operation of this name.
///
/// # Panics
/// When the service does not list it.
pub fn one<S>(list: impl FnOnce(&mut List<S>), name: &str, service: &Arc<S>, call: Call, body: Value) -> Answer {
    let mut operations = List(Vec::new());
    list(&mut operations);
    let (_, run) = operations.0.iter().find(|(listed, _)| *listed == name).expect("the operation is built");
    run(Arc::clone(service), call, body)
}

/// Has `attempt` run each operation, in the order of the list.
pub fn each<S, T>(list: impl FnOnce(&mut List<S>), mut attempt: impl FnMut(&'static str, &Run<S>) -> T) -> Answers<T> {
    let mut operations = List(Vec::new());
    list(&mut operations);
    operations.0.iter().map(|(name, run)| (*name, attempt(name, run))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ACCOUNT, call_of};
    use proto::kms::v1::{GenerateRandomRequest, GenerateRandomResponse, ListKeysRequest, ListKeysResponse};
    use serde_json::json;

    fn operations(list: &mut impl Operations<u8>) {
        list.add(|service: Arc<u8>, _, request: ListKeysRequest| async move {
            let next_marker = Some(format!("{service} {}", request.limit.unwrap_or_default()));
            Ok(ListKeysResponse { next_marker, ..ListKeysResponse::default() })
        });
        list.add(|_, call: Call, _: GenerateRandomRequest| async move {
            Err::<GenerateRandomResponse, _>(Fault::validation(call.caller.account.to_string()))
        });
    }

    #[test]
    fn each_operation_is_run_in_the_order_of_the_list_with_its_body() {
        let mut order = Vec::new();
        let answers = each(operations, |name, run| {
            order.push(name);
            run(Arc::new(7), call_of(ACCOUNT), if name == "ListKeys" { json!({"Limit": 5}) } else { json!({}) })
        });
        assert_eq!(order, ["ListKeys", "GenerateRandom"]);
        assert_eq!(answers["ListKeys"].as_ref().map(|answer| &answer["NextMarker"]), Ok(&json!("7 5")));
        assert_eq!(answers["GenerateRandom"], Err(Fault::validation(ACCOUNT)));
    }

    #[test]
    fn one_operation_is_run_by_its_name() {
        let answer = one(operations, "GenerateRandom", &Arc::new(7), call_of(ACCOUNT), json!({}));
        assert_eq!(answer, Err(Fault::validation(ACCOUNT)));
    }
}
