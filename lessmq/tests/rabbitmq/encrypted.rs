//! `amqps`, with a separate broker that requires certificates.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lessmq::ErrorKind;
use lessmq::transport::{Destination, Queue, Source, connect};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use tokio::time::timeout;
use xtask::rabbitmq::{Identity, Node};

use crate::support::*;

/// A certificate authority.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(parameters, key) }
    }

    fn sign(&self, usage: ExtendedKeyUsagePurpose) -> Identity {
        let mut parameters = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, "signed by it");
        parameters.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        Identity { authority: self.certificate.clone(), certificate, key: key.serialize_pem() }
    }
}

/// Writes a file of a client into the broker's folder, which is deleted with the broker.
fn store(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file
}

#[tokio::test]
async fn broker_and_client_check_each_others_certificates() {
    let authority = Authority::new();
    let shown = authority.sign(ExtendedKeyUsagePurpose::ServerAuth);
    let starting = tokio::task::spawn_blocking(move || Node::start_with_tls("encrypted", &shown).unwrap());
    let (node, url) = starting.await.unwrap();
    let own = authority.sign(ExtendedKeyUsagePurpose::ClientAuth);
    let folder = node.folder();
    let (trusted, stranger) = (
        store(folder, "trusted.pem", &authority.certificate),
        store(folder, "stranger.pem", &Authority::new().certificate),
    );
    let identity = format!(
        "certfile={}&keyfile={}",
        store(folder, "own.pem", &own.certificate).display(),
        store(folder, "own-key.pem", &own.key).display()
    );

    let address = format!("{url}?cacertfile={}&{identity}", trusted.display());
    let bus = within("a connection", connect(&address, Default::default())).await.unwrap();
    let queue = Queue::Commands { service: "user".parse().unwrap(), ordered: false };
    let mut consumer = bus.consume(&Source::Queue(queue.clone()), prefetch(8)).await.unwrap();
    publish(&bus, &Destination::Queue(queue), message("encrypted")).await.unwrap();
    let delivery = next(&mut consumer).await;
    assert_eq!(text(&delivery), "encrypted");
    acknowledge(delivery).await;
    bus.close().await.unwrap();

    for (refused, address) in [
        ("a broker of an unknown authority", format!("{url}?cacertfile={}&{identity}", stranger.display())),
        ("a broker that the system does not know", format!("{url}?{identity}")),
        ("a client without a certificate", format!("{url}?cacertfile={}", trusted.display())),
    ] {
        let ended = timeout(Duration::from_secs(20), connect(&address, Default::default())).await;
        let error = ended.expect(refused).expect_err(refused);
        assert_eq!(error.kind(), ErrorKind::Connection, "{refused}: {error:?}");
        assert!(format!("{error:#}").contains("from certfile and keyfile"), "{refused}: {error:#}");
    }
    tokio::task::spawn_blocking(move || drop(node)).await.unwrap();
}
