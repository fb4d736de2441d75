//! The whole reference system in one process: messages in memory, data in SQLite.

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use lessmq::Bus;
use lessmq::app::Running;
use service_common::Environment;
use tokio_util::sync::CancellationToken;

/// The three services, running.
#[derive(Debug)]
#[must_use = "dropping the demo stops it"]
pub struct Demo {
    bus: Bus,
    gateway: (SocketAddr, Running),
    user: (SocketAddr, Running),
    mailer: (SocketAddr, Running),
    delivery: mailer_service::Delivery,
}

impl Demo {
    /// Starts the services. The gateway listens where the environment says, the others on any free port when theirs
    /// is taken; so does the gateway when nobody told it.
    ///
    /// # Errors
    /// A setting is malformed, or what is needed could not be opened.
    pub async fn start(environment: &Environment) -> anyhow::Result<Self> {
        // Each service has its own database, so that one address will not do.
        if environment.text("DATABASE_URL")?.is_some() {
            tracing::warn!("DATABASE_URL is not used here: each service has its own file in DATA_DIR");
        }
        let environment = environment.clone().without("DATABASE_URL");
        let inside = environment.clone().without("HTTP_ADDR").without("PORT");
        let bus = Bus::memory();

        // The subscriber first: what was still in the outbox is published as soon as the publisher starts.
        let mut mailer_config = mailer_service::Config::from_environment(&inside)?;
        mailer_config.http.or_any_port = true;
        let mailer = mailer_service::build(&bus, &mailer_config).await?;
        let mailer = (mailer.address, mailer.app.start().await?);

        let mut user_config = user_service::Config::from_environment(&inside)?;
        user_config.http.or_any_port = true;
        let user = user_service::build(&bus, &user_config).await?;
        let user = (user.address, user.app.start().await?);

        let mut gateway_config = gateway_service::Config::from_environment(&environment)?;
        let told = environment.text("HTTP_ADDR")?.or(environment.text("PORT")?);
        gateway_config.http.or_any_port = told.is_none();
        let gateway = gateway_service::build(&bus, &gateway_config).await?;
        let gateway = (gateway.address, gateway.app.start().await?);
        Ok(Self { bus, gateway, user, mailer, delivery: mailer_config.delivery })
    }

    /// Where the gateway listens.
    #[must_use]
    pub fn gateway(&self) -> SocketAddr {
        reachable(self.gateway.0)
    }

    /// Where the mails are written; `None` when a mail server gets them.
    #[must_use]
    pub fn mails(&self) -> Option<PathBuf> {
        match &self.delivery {
            mailer_service::Delivery::Folder(path) => Some(path.clone()),
            mailer_service::Delivery::Smtp(_) => None,
        }
    }

    /// Goes on until `stop` completes or a service fails, then stops the services one after another, those that are
    /// asked after those that ask.
    ///
    /// # Errors
    /// A service failed, or did not stop in time.
    pub async fn until(self, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
        let tokens = [CancellationToken::new(), CancellationToken::new(), CancellationToken::new()];
        let [stop_gateway, stop_user, stop_mailer] = &tokens;
        let ended = CancellationToken::new();
        let stopping = async {
            tokio::select! {
                () = stop => {}
                () = ended.cancelled() => {}
            }
            stop_gateway.cancel();
        };
        let service = async |running: Running, stop: &CancellationToken, next: Option<&CancellationToken>| {
            let result = running.until(stop.cancelled()).await;
            ended.cancel();
            if let Some(next) = next {
                next.cancel();
            }
            result
        };
        let ((), gateway, user, mailer) = tokio::join!(
            stopping,
            service(self.gateway.1, stop_gateway, Some(stop_user)),
            service(self.user.1, stop_user, Some(stop_mailer)),
            service(self.mailer.1, stop_mailer, None),
        );
        let closed = self.bus.close().await;
        Ok(gateway.and(user).and(mailer).and(closed)?)
    }
}

/// What to do with it.
impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gateway = self.gateway();
        writeln!(f, "gateway  http://{gateway}")?;
        writeln!(f, "user     http://{}/health/ready", self.user.0)?;
        writeln!(f, "mailer   http://{}/health/ready", self.mailer.0)?;
        match self.mails() {
            Some(path) => writeln!(f, "mails    {}", path.display())?,
            None => writeln!(f, "mails    to the server of SMTP_URL")?,
        }
        writeln!(f, "\nSign up, and see the mail come:\n")?;
        writeln!(f, "  curl -i http://{gateway}/auth/signup -H 'content-type: application/json' \\")?;
        writeln!(
            f,
            "    -d '{{\"email\": \"alice@example.com\", \"password\": \"SecureP@ss1!\", \"displayName\": \"Alice\"}}'"
        )?;
        if let Some(path) = self.mails() {
            writeln!(f, "  cat {}/*.eml", path.display())?;
        }
        writeln!(
            f,
            "\nCtrl-C stops it. Accounts stay; mails that wait for their turn go with the bus in memory."
        )
    }
}

/// An address that this machine can open.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        return SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port());
    }
    address
}
