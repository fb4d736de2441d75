//! Starts servers, each with separate data and a separate port.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::Service;
use super::record::{Method, Record};
use crate::account::Account;
use crate::process::{self, Process, Signal};
use crate::rabbitmq::Node;
use crate::{folder, ports, program};

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Starts `service` from its installed programs, and returns its address.
pub(super) fn installed(service: Service, method: Method) -> Result<String> {
    let mut record = match service {
        Service::RabbitMq => Node::start("services")?.leave_running(),
        Service::Postgres => postgres()?,
        Service::Redis => redis()?,
    };
    record.service = Some(service);
    record.method = method;
    record.write()?;
    Ok(record.url)
}

/// Starts `service` in a container, and returns its address.
pub(super) fn container(service: Service) -> Result<String> {
    let port = ports::free()?;
    let mut record = Record::new(Method::Compose, service.url(port))?;
    let project = format!("lessmq-{}-{port}", service.container());
    record.service = Some(service);
    record.compose = Some(project.clone());
    record.write()?;
    let mut command = Command::new("docker");
    command.args(["compose", "--project-name", &project, "--file", "compose.yaml"]);
    command.args(["up", "--detach", "--wait", service.container()]).current_dir(program::workspace());
    command.env(format!("LESSMQ_{}_PORT", service.container().to_uppercase()), port.to_string());
    let started = program::output(&mut command).and_then(|_| {
        let answers = || service.probe(port).is_ok();
        if process::wait_until(START_TIMEOUT, answers) {
            Ok(())
        } else {
            bail!("the container does not respond on port {port}")
        }
    });
    or_end(record, started).map(|record| record.url)
}

fn postgres() -> Result<Record> {
    let programs = postgres_programs().context("PostgreSQL is not installed")?;
    let account = Account::first_of(&["postgres", "nobody"]);
    let port = ports::free()?;
    let mut server = Server::new(Service::Postgres, account, port)?;
    let data = server.folder.join("data");
    let mut initdb = server.command(&programs.join("initdb"));
    initdb.args([
        "--auth=trust",
        "--username=postgres",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--pgdata",
    ]);
    let made = program::output(initdb.arg(&data)).map(drop);
    let started = made.and_then(|()| {
        let mut command = server.command(&programs.join("postgres"));
        command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in
            ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=500"]
        {
            command.args(["-c", setting]);
        }
        server.start(&mut command)
    });
    server.record.signal = Signal::Quit;
    or_end(server.record, started)
}

/// The folder of the programs of PostgreSQL, of the newest version if there are several.
fn postgres_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|entry| entry.path().join("bin")).collect();
    folders.sort_by_key(|folder| folder.parent()?.file_name()?.to_str()?.parse::<u32>().ok());
    folders.reverse();
    folders.extend(["/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from));
    let program = program::find("initdb", &folders)?;
    program.parent().filter(|folder| folder.join("postgres").is_file()).map(Path::to_owned)
}

fn redis() -> Result<Record> {
    let program = ["redis-server", "valkey-server"].iter().find_map(|name| program::find(name, &[]));
    let program = program.context("Redis is not installed")?;
    let port = ports::free()?;
    let mut server = Server::new(Service::Redis, Account::first_of(&["redis", "nobody"]), port)?;
    let mut command = server.command(&program);
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no"]);
    let started = server.start(&mut command);
    or_end(server.record, started)
}

/// A server that is being started.
struct Server {
    service: Service,
    account: Option<Account>,
    port: u16,
    folder: PathBuf,
    record: Record,
}

impl Server {
    fn new(service: Service, account: Option<Account>, port: u16) -> Result<Self> {
        let folder = folder::create_for(service.container(), account)?;
        let mut record = Record::new(Method::Installed, service.url(port))?;
        record.folder = Some(folder.clone());
        record.write()?;
        Ok(Self { service, account, port, folder, record })
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("HOME", &self.folder);
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }

    fn start(&mut self, command: &mut Command) -> Result<()> {
        let log = self.folder.join("log.txt");
        let mut child = process::spawn_server(command, &log)?;
        self.record.processes.extend(Process::find(child.id()));
        self.record.write()?;
        process::wait_until_ready(&mut child, &log, START_TIMEOUT, || self.service.probe(self.port))
            .with_context(|| format!("{} did not start", self.service))
    }
}

/// `record` if its server has started. Otherwise ends the server.
fn or_end(record: Record, started: Result<()>) -> Result<Record> {
    match started {
        Ok(()) => Ok(record),
        Err(error) => {
            record.end()?;
            Err(error)
        }
    }
}
