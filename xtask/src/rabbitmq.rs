//! A private RabbitMQ: started from the installed package, without systemd, and separate from every other one.
//!
//! Its data, log, cookie, configuration and pid are in one folder. The broker, its distribution port and its name server
//! (`epmd`) have separate ports, and listen on the loopback interface only.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::account::Account;
use crate::process::{self, Process, Signal};
use crate::services::record::{Method, Record};
use crate::{folder, ports, probe, program};

/// The limit until a broker accepts clients. On two busy cores it takes about ten seconds.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// The limit for a clean shutdown.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// A broker that can be stopped, restarted and killed. Dropping it kills the broker and deletes its data.
///
/// All methods block: asynchronous code calls them in `spawn_blocking`.
///
/// If this process is killed, `cargo xtask test` and `cargo xtask services down` end the broker.
///
/// ```no_run
/// use xtask::rabbitmq::Node;
///
/// # fn main() -> anyhow::Result<()> {
/// let mut broker = Node::start("reconnect")?;
/// println!("{}", broker.url());
/// broker.kill()?; // as in a power cut
/// broker.start_again()?; // same port, same durable queues
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Node {
    name: String,
    port: u16,
    distribution_port: u16,
    epmd_port: u16,
    folder: PathBuf,
    account: Option<Account>,
    server: PathBuf,
    epmd: Option<Child>,
    broker: Option<Child>,
    record: Record,
    left_running: bool,
}

/// The certificates and the key of a broker with TLS, as PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate of the authority that signed the other one.
    pub authority: String,
    /// The broker's certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

impl Node {
    /// Starts a new, empty broker on a free port. Returns when it accepts clients. `name` is shown in process lists.
    ///
    /// # Errors
    /// If RabbitMQ is not installed, or does not start.
    pub fn start(name: &str) -> Result<Self> {
        Self::start_with(name, |_| Ok(()))
    }

    /// As [`Node::start`]. The broker also listens with TLS on a second address, which this returns: it presents
    /// `identity` there, and accepts only clients with a certificate of the same authority.
    ///
    /// # Errors
    /// As [`Node::start`].
    pub fn start_with_tls(name: &str, identity: &Identity) -> Result<(Self, String)> {
        let port = ports::free()?;
        let node = Self::start_with(name, |node| node.configure_tls(port, identity))?;
        Ok((node, format!("amqps://guest:guest@127.0.0.1:{port}/%2f")))
    }

    fn start_with(name: &str, configure: impl FnOnce(&Self) -> Result<()>) -> Result<Self> {
        let server = installed().with_context(|| {
            format!("a test needs a private RabbitMQ, `{name}`: install Debian's `rabbitmq-server` (or your system's)")
        })?;
        let account = Account::first_of(&["rabbitmq"]);
        let port = ports::free()?;
        let folder = folder::create_for(&format!("rabbitmq-{name}"), account)?;
        let mut record = Record::new(Method::Installed, format!("amqp://guest:guest@127.0.0.1:{port}/%2f"))?;
        record.folder = Some(folder.clone());
        record.write()?;
        let mut node = Self {
            name: name.to_owned(),
            port,
            distribution_port: ports::free()?,
            epmd_port: ports::free()?,
            folder,
            account,
            server,
            epmd: None,
            broker: None,
            record,
            left_running: false,
        };
        node.configure()?;
        configure(&node)?;
        node.start_again()?;
        Ok(node)
    }

    /// The address of the broker, with the credentials of `guest`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.record.url
    }

    /// Its folder: configuration, data and log.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a stopped or killed broker, with the same port and the same data. Does nothing if it is running.
    ///
    /// # Errors
    /// If it does not start. The error has the end of its log.
    pub fn start_again(&mut self) -> Result<()> {
        if self.broker.is_some() {
            return Ok(());
        }
        let log = self.folder.join("log.txt");
        if self.epmd.is_none() {
            self.epmd = Some(process::spawn_server(&mut self.epmd_command()?, &log)?);
        }
        let broker = process::spawn_server(&mut self.broker_command(), &log)?;
        let children = [self.epmd.as_ref(), Some(&broker)].into_iter().flatten();
        self.record.processes = children.filter_map(|child| Process::find(child.id())).collect();
        let broker = self.broker.insert(broker);
        self.record.write()?;
        process::wait_until_ready(broker, &log, START_TIMEOUT, || probe::rabbitmq(self.port))
            .with_context(|| format!("RabbitMQ `{}` did not start", self.name))
    }

    /// Stops the broker: it closes its connections and writes its data. Does nothing if it is stopped.
    ///
    /// # Errors
    /// If it does not stop.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut broker) = self.broker.take() else { return Ok(()) };
        if let Some(process) = Process::find(broker.id()) {
            process.end(Signal::Terminate, STOP_TIMEOUT)?;
        }
        broker.wait().context("cannot wait for RabbitMQ")?;
        Ok(())
    }

    /// Kills the broker, as a power cut would. Its data is kept. Does nothing if it is stopped.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        let Some(mut broker) = self.broker.take() else { return Ok(()) };
        broker.kill().context("cannot kill RabbitMQ")?;
        broker.wait().context("cannot wait for RabbitMQ")?;
        Ok(())
    }

    /// Leaves the broker running. The record has what is needed to end it.
    pub(crate) fn leave_running(mut self) -> Record {
        self.left_running = true;
        self.record.clone()
    }

    fn configure(&self) -> Result<()> {
        self.write("rabbitmq.conf", &self.listener())?;
        self.write("advanced.config", "[].\n")?;
        self.write("enabled_plugins", "[].\n")?;
        self.write("rabbitmq-env.conf", "")
    }

    fn listener(&self) -> String {
        format!("listeners.tcp.default = 127.0.0.1:{}\n", self.port)
    }

    fn configure_tls(&self, port: u16, identity: &Identity) -> Result<()> {
        self.write("authority.pem", &identity.authority)?;
        self.write("certificate.pem", &identity.certificate)?;
        self.write("key.pem", &identity.key)?;
        let (listener, folder) = (self.listener(), self.folder.display());
        let settings = format!(
            "{listener}\
             listeners.ssl.default = 127.0.0.1:{port}\n\
             ssl_options.cacertfile = {folder}/authority.pem\n\
             ssl_options.certfile = {folder}/certificate.pem\n\
             ssl_options.keyfile = {folder}/key.pem\n\
             ssl_options.verify = verify_peer\n\
             ssl_options.fail_if_no_peer_cert = true\n"
        );
        self.write("rabbitmq.conf", &settings)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        self.account.map_or(Ok(()), |account| account.give(&file))
    }

    fn epmd_command(&self) -> Result<Command> {
        let epmd = find_epmd().context("`epmd` was not found next to `erl`: install all of Erlang")?;
        let mut command = self.command(&epmd);
        command.args(["-address", "127.0.0.1", "-port", &self.epmd_port.to_string()]);
        Ok(command)
    }

    fn broker_command(&self) -> Command {
        let mut command = self.command(&self.server);
        command
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            // With this, the script replaces itself with the broker, so that our child process is the broker.
            .env("RUNNING_UNDER_SYSTEMD", "true")
            .env("RABBITMQ_NODENAME", format!("lessmq-{}@localhost", self.name))
            .env("RABBITMQ_DIST_PORT", self.distribution_port.to_string())
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}")
            .env("RABBITMQ_LOGS", "-");
        for (variable, name) in [
            ("RABBITMQ_CONF_ENV_FILE", "rabbitmq-env.conf"),
            ("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
            ("RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins"),
            ("RABBITMQ_MNESIA_BASE", "data"),
            ("RABBITMQ_LOG_BASE", "log"),
            ("RABBITMQ_GENERATED_CONFIG_DIR", "generated"),
            ("RABBITMQ_PID_FILE", "pid"),
        ] {
            command.env(variable, self.folder.join(name));
        }
        command
    }

    /// `program` in the folder, as the account, without the settings of another RabbitMQ. The folder is its home
    /// because the cookie of the node is there.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if ["RABBITMQ_", "ERL_", "NOTIFY_SOCKET"].iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command.current_dir(&self.folder).env("HOME", &self.folder);
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.left_running {
            return;
        }
        for child in [&mut self.broker, &mut self.epmd].into_iter().filter_map(Option::as_mut) {
            // A process that cannot be killed has exited already.
            let _ended = child.kill().and_then(|()| child.wait());
        }
        if let Err(error) = self.record.end() {
            eprintln!("warning: {error:#}");
        }
    }
}

/// The start script of the server. On Debian, the program of that name on the search path is a wrapper that ignores settings
/// and needs root, so the script that it calls is preferred.
fn installed() -> Result<PathBuf> {
    let script = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    if script.is_file() {
        return Ok(script.to_owned());
    }
    let folders = ["/usr/local/sbin", "/opt/homebrew/sbin", "/opt/rabbitmq/sbin"].map(PathBuf::from);
    match program::find("rabbitmq-server", &folders) {
        Some(file) => Ok(file),
        None => bail!("RabbitMQ is not installed"),
    }
}

fn find_epmd() -> Option<PathBuf> {
    let folder_of_erl =
        program::find("erl", &[]).and_then(|erl| fs::canonicalize(erl).ok()?.parent().map(Path::to_owned));
    program::find("epmd", &folder_of_erl.into_iter().collect::<Vec<_>>())
}
