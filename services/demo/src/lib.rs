//! The reference system in one process: messages in memory, data in SQLite.

use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use lessmq::Bus;
use lessmq::Running;
use service_common::Environment;
use tokio_util::sync::CancellationToken;

/// The running services.
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
    /// Starts the services. The gateway listens on the address in the environment. If a port is in use, the others take
    /// any free port, and so does the gateway without an address in the environment.
    ///
    /// # Errors
    /// A setting is invalid, or a database, folder or port cannot be opened.
    pub async fn start(environment: &Environment) -> anyhow::Result<Self> {
        // Each service has a separate database, so one address is not enough.
        if environment.text("DATABASE_URL")?.is_some() {
            tracing::warn!("DATABASE_URL is not used by the demo: each service has a file in DATA_DIR");
        }
        let environment = environment.clone().without("DATABASE_URL");
        let inside = environment.clone().without("HTTP_ADDR").without("PORT");
        let bus = Bus::memory();

        // The subscriber starts first: the publisher publishes what is in its outbox as soon as it starts.
        let mut mailer_config = mailer_service::Config::from_environment(&inside)?;
        mailer_config.http.or_any_port = true;
        let mailer = mailer_service::build(&bus, &mailer_config).await?;
        let mailer = (mailer.address, mailer.app.start().await?);

        let mut user_config = user_service::Config::from_environment(&inside)?;
        user_config.http.or_any_port = true;
        let user = user_service::build(&bus, &user_config).await?;
        let user = (user.address, user.app.start().await?);

        let mut gateway_config = gateway_service::Config::from_environment(&environment)?;
        let configured = environment.text("HTTP_ADDR")?.or(environment.text("PORT")?);
        gateway_config.http.or_any_port = configured.is_none();
        let gateway = gateway_service::build(&bus, &gateway_config).await?;
        let gateway = (gateway.address, gateway.app.start().await?);
        Ok(Self { bus, gateway, user, mailer, delivery: mailer_config.delivery })
    }

    /// The address of the gateway.
    #[must_use]
    pub fn gateway(&self) -> SocketAddr {
        reachable(self.gateway.0)
    }

    /// The folder of the mails; `None` if they are sent to a mail server.
    #[must_use]
    pub fn mails(&self) -> Option<PathBuf> {
        match &self.delivery {
            mailer_service::Delivery::Folder(path) => Some(path.clone()),
            mailer_service::Delivery::Smtp(_) => None,
        }
    }

    /// Runs until `stop` completes or a service fails. Then stops the services one after another, callers first.
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

/// The addresses, and commands to try.
impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gateway = self.gateway();
        writeln!(f, "gateway  http://{gateway}")?;
        writeln!(f, "user     http://{}/health/ready", self.user.0)?;
        writeln!(f, "mailer   http://{}/health/ready", self.mailer.0)?;
        match self.mails() {
            Some(path) => writeln!(f, "mails    {}", path.display())?,
            None => writeln!(f, "mails    to the server in SMTP_URL")?,
        }
        writeln!(f, "\nSign up, and read the mail:\n")?;
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
            "\nCtrl-C stops it. Accounts are kept. Mails that were not sent yet are lost with the bus in memory."
        )
    }
}

/// An address that this machine can connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        return SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port());
    }
    address
}
