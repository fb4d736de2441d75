//! Mails over SMTP.

use std::time::Duration;

use anyhow::Context;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use service_common::ConfigError;

use super::letter::letter;
use crate::domain::Mail;

/// The limit for each command to the mail server.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of a mail server.
pub(crate) struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// `url` as lettre reads it: `smtp://host:port`, `smtps://user:password@host`, `…?tls=required`.
    pub(super) fn new(url: &str) -> Result<Self, ConfigError> {
        // The cause is left out: it may repeat the password.
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| ConfigError {
            variable: "SMTP_URL",
            problem: "is invalid",
            expected: "smtp://host:25 or smtps://user:password@host",
        })?;
        Ok(Self { transport: builder.timeout(Some(COMMAND_TIMEOUT)).build() })
    }

    pub(super) async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        self.transport.send(letter(mail)?).await.context("the mail server did not accept the mail")?;
        tracing::info!(mail = %mail.id, "sent");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;
    use uuid::Uuid;

    use super::*;

    /// Accepts one mail as a mail server does (RFC 5321), and returns the lines that it received.
    async fn mail_server(listener: TcpListener) -> std::io::Result<String> {
        let (stream, _) = listener.accept().await?;
        let (read, mut write) = stream.into_split();
        let (mut lines, mut received, mut in_mail) = (BufReader::new(read).lines(), String::new(), false);
        write.write_all(b"220 test\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            received.push_str(&line);
            received.push('\n');
            let verb = line.split(' ').next().unwrap_or_default().to_owned();
            let answer: &[u8] = match (in_mail, verb.as_str()) {
                (true, ".") => b"250 taken\r\n",
                (true, _) => continue,
                (false, "DATA") => b"354 go on\r\n",
                (false, "QUIT") => b"221 bye\r\n",
                (false, _) => b"250 fine\r\n",
            };
            if in_mail {
                write.write_all(answer).await?;
                break;
            }
            in_mail = verb == "DATA";
            write.write_all(answer).await?;
        }
        Ok(received)
    }

    #[tokio::test]
    async fn a_mail_server_gets_the_mail() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let server = tokio::spawn(mail_server(listener));
        let smtp = Smtp::new(&format!("smtp://{address}")).expect("it is valid");
        let mail = Mail::welcome(Uuid::nil(), "ada@example.com", "Ada").expect("it is valid");
        smtp.send(&mail).await.expect("the server accepts it");
        let received = server.await.expect("it did not panic").expect("the connection is open");
        assert!(received.contains("RCPT TO:<ada@example.com>"), "{received}");
        assert!(received.contains("Subject: Welcome, Ada!"), "{received}");
    }

    #[tokio::test]
    async fn an_unreachable_mail_server_is_an_error() {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let smtp = Smtp::new(&format!("smtp://{address}")).expect("it is valid");
        let mail = Mail::welcome(Uuid::nil(), "ada@example.com", "Ada").expect("it is valid");
        smtp.send(&mail).await.expect_err("no one listens");
    }

    #[test]
    fn an_invalid_address_is_an_error_without_its_password() {
        for url in
            ["mail.example.com", "http://u:secret@mail", "smtp://u:secret@mail:port", "smtps://?tls=never"]
        {
            let Err(error) = Smtp::new(url) else { panic!("{url} is not a valid address") };
            let text = format!("{error:#}");
            assert!(text.contains("SMTP_URL") && !text.contains("secret"), "{text}");
        }
    }
}
