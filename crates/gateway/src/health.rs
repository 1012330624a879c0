//! What a node tells anyone: whether it is ready (grpc.health.v1), and what it speaks (gRPC reflection).

use crate::Gateway;
use crate::limits;
use http::Request;
use std::convert::Infallible;
use tonic::body::Body;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};
use tonic_reflection::server::Builder;
use tower::ServiceExt as _;

/// Answers whether the node is ready: it knows a leader, has caught up and is unsealed.
pub trait Readiness: Send + Sync + 'static {
    /// Nothing, or in one sentence what is missing.
    ///
    /// # Errors
    /// What is missing, for the operator.
    fn ready(&self) -> Result<(), String>;
}

/// grpc.health.v1 and gRPC reflection, v1 and v1alpha.
pub(crate) struct Introspection {
    reporter: HealthReporter,
    routes: Routes,
}

impl Introspection {
    /// Both, before the first look at readiness.
    pub fn new() -> Self {
        let reporter = HealthReporter::new();
        let health = HealthServer::new(HealthService::from_health_reporter(reporter.clone()));
        let reflection = || {
            Builder::configure()
                .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let sound = "the build wrote the descriptors from files that compiled";
        let routes = Routes::new(health)
            .add_service(reflection().build_v1().expect(sound))
            .add_service(reflection().build_v1alpha().expect(sound))
            .prepare();
        Self { reporter, routes }
    }

    /// Whether a request of this path is answered here.
    pub fn answers(path: &str) -> bool {
        path.starts_with("/grpc.health.v1.Health/") || path.starts_with("/grpc.reflection.")
    }

    /// Answers it.
    pub async fn answer(&self, request: Request<Body>) -> Result<http::Response<Body>, Infallible> {
        let answer = self.routes.clone().oneshot(request).await;
        answer.map(|answer| answer.map(Body::new))
    }

    async fn set(&self, status: ServingStatus) {
        let services = proto::services().into_iter().map(|service| service.grpc_service);
        for name in services.filter(|name| !name.is_empty()).chain([""]) {
            self.reporter.set_service_status(name, status).await;
        }
    }
}

/// Keeps grpc.health.v1 as readiness has it.
pub(crate) async fn follow(gateway: &Gateway) -> Infallible {
    let mut ticks = tokio::time::interval(limits::HEALTH_INTERVAL);
    let mut told = None;
    loop {
        ticks.tick().await;
        let readiness = gateway.readiness.ready();
        let status = if readiness.is_ok() { ServingStatus::Serving } else { ServingStatus::NotServing };
        if told != Some(readiness.clone()) {
            gateway.introspection.set(status).await;
            told = Some(readiness);
        }
    }
}
