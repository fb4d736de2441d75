//! Finds the first method that works, for each service.

use std::thread;

use anyhow::{Error, Result, anyhow};

use super::record::Method;
use super::{Found, Service};

/// Why a service cannot be started: the error of each method.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) service: Service,
    pub(super) errors: Vec<(Method, Error)>,
}

/// Tries `methods` in order, as long as a service is missing.
///
/// `prepare` runs once for each method, with all services that are missing then. `attempt` returns the address of a service,
/// and runs for all of them in parallel.
pub(super) fn choose(
    missing: &[Service],
    methods: &[Method],
    prepare: impl Fn(Method, &[Service]) -> Result<()>,
    attempt: impl Fn(Method, Service) -> Result<String> + Sync,
) -> (Vec<Found>, Vec<Reason>) {
    let mut found = Vec::new();
    let mut missing: Vec<_> = missing.iter().map(|&service| Reason { service, errors: Vec::new() }).collect();
    for &method in methods {
        if missing.is_empty() {
            break;
        }
        let services: Vec<_> = missing.iter().map(|reason| reason.service).collect();
        let outcomes = match prepare(method, &services) {
            Ok(()) => in_parallel(&services, |service| attempt(method, service)),
            Err(error) => services.iter().map(|_| Err(anyhow!("{error:#}"))).collect(),
        };
        missing = missing
            .into_iter()
            .zip(outcomes)
            .filter_map(|(mut reason, outcome)| match outcome {
                Ok(url) => {
                    found.push(Found { service: reason.service, method, url });
                    None
                }
                Err(error) => {
                    reason.errors.push((method, error));
                    Some(reason)
                }
            })
            .collect();
    }
    (found, missing)
}

fn in_parallel(
    services: &[Service],
    attempt: impl Fn(Service) -> Result<String> + Sync,
) -> Vec<Result<String>> {
    thread::scope(|scope| {
        let attempt = &attempt;
        let threads: Vec<_> = services.iter().map(|&service| scope.spawn(move || attempt(service))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("it panicked"))))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use anyhow::bail;

    use super::*;

    const METHODS: [Method; 3] = [Method::Listening, Method::Installed, Method::Packages];

    #[test]
    fn each_service_uses_the_first_method_that_works() {
        let attempt = |method, service| match (method, service) {
            (Method::Listening, Service::Redis) | (Method::Installed, _) => Ok(format!("{method:?}")),
            _ => bail!("no"),
        };
        let (found, reasons) = choose(&Service::ALL, &METHODS, |_, _| Ok(()), attempt);
        let got: Vec<_> = found.iter().map(|found| (found.service, found.method)).collect();
        assert_eq!(
            got,
            [
                (Service::Redis, Method::Listening),
                (Service::RabbitMq, Method::Installed),
                (Service::Postgres, Method::Installed),
            ]
        );
        assert!(reasons.is_empty());
    }

    #[test]
    fn a_method_is_prepared_only_for_missing_services() {
        let prepared = Mutex::new(Vec::new());
        let prepare = |method, missing: &[Service]| {
            prepared.lock().expect("no thread panics").push((method, missing.to_vec()));
            Ok(())
        };
        let attempt = |method, service| match (method, service) {
            (Method::Installed, Service::Postgres) => bail!("no"),
            (Method::Listening, _) => bail!("no"),
            _ => Ok(String::new()),
        };
        choose(&Service::ALL, &METHODS, prepare, attempt);
        let expected = [
            (Method::Listening, Service::ALL.to_vec()),
            (Method::Installed, Service::ALL.to_vec()),
            (Method::Packages, vec![Service::Postgres]),
        ];
        assert_eq!(prepared.into_inner().expect("no thread panics"), expected);
    }

    #[test]
    fn an_error_lists_the_error_of_each_method() {
        let prepare =
            |method, _: &[Service]| if method == Method::Packages { bail!("not root") } else { Ok(()) };
        let (found, reasons) = choose(&[Service::Redis], &METHODS, prepare, |_, _| bail!("not there"));
        assert!(found.is_empty());
        let help = super::super::help(&reasons);
        for expected in ["not root", "not there", "redis-server", "LESSMQ_TEST_REDIS_URL"] {
            assert!(help.contains(expected), "{help}");
        }
    }
}
