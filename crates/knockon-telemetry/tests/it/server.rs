//! The real Prometheus and Alertmanager as servers, and what listens to them.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to do anything at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// Whether a program is here; if not, that is said.
pub(crate) fn has(program: &str) -> bool {
    let version = Command::new(program).arg("--version").output();
    if version.is_err() {
        let note = format!("left out: no {program} on this machine\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
    }
    version.is_ok_and(|version| version.status.success())
}

/// A server that is stopped when it is dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts a Prometheus that keeps its data in a directory.
    pub(crate) fn start(dir: &Path, configuration: &str) -> Self {
        Self::launch(dir, |port| {
            let configuration = configuration.replace("PORT", &port.to_string());
            std::fs::write(dir.join("prometheus.yml"), configuration).unwrap();
            let mut command = Command::new("prometheus");
            command
                .arg("--config.file=prometheus.yml")
                .arg("--storage.tsdb.path=data")
                .arg("--storage.tsdb.retention.time=100y")
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .arg("--web.enable-remote-write-receiver");
            command
        })
    }

    /// Starts an Alertmanager that tells nobody.
    pub(crate) fn alertmanager(dir: &Path) -> Self {
        let configuration = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";
        std::fs::write(dir.join("alertmanager.yml"), configuration).unwrap();
        Self::launch(dir, |port| {
            let mut command = Command::new("prometheus-alertmanager");
            command
                .arg("--config.file=alertmanager.yml")
                .arg("--storage.path=data")
                .arg("--cluster.listen-address=")
                .arg(format!("--web.listen-address=127.0.0.1:{port}"));
            command
        })
    }

    fn launch(dir: &Path, command: impl Fn(u16) -> Command) -> Self {
        // Somebody else may take the port before the server does.
        (0..3).find_map(|_| Self::try_launch(dir, &command)).unwrap()
    }

    /// Starts a server on a port that was free a moment ago; nothing if it ends at once.
    fn try_launch(dir: &Path, command: impl Fn(u16) -> Command) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = command(port)
            .current_dir(dir)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dir.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { child, port };
        let since = Instant::now();
        while server.request("GET", "/-/ready", "", b"").is_none_or(|it| it.0 != 200) {
            if server.child.try_wait().unwrap().is_some() {
                return None;
            }
            let log = || std::fs::read_to_string(dir.join("log")).unwrap_or_default();
            assert!(since.elapsed() < PATIENCE, "not ready: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    /// The status and the body of an answer; nothing if there is none.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: x\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The body of an answer.
    pub(crate) fn ask(&self, path: &str) -> String {
        self.request("GET", path, "", b"").unwrap().1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A listener on a port of its own, and its address.
pub(crate) fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Takes one request, gives it an answer and hangs up; its head, in lower case, and its body.
pub(crate) fn receive(listener: &TcpListener, answer: &str) -> (String, Vec<u8>) {
    let mut stream = accept(listener);
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "the other side hung up");
        bytes.extend_from_slice(&chunk[..count]);
        let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
        if bytes.len() >= end + 4 + length {
            let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            stream.write_all(answer.as_bytes()).unwrap();
            return (head, bytes[end + 4..].to_vec());
        }
    }
}

fn accept(listener: &TcpListener) -> TcpStream {
    let since = Instant::now();
    loop {
        match listener.accept() {
            Ok((stream, _)) => return stream,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
        assert!(since.elapsed() < PATIENCE, "nobody connects");
        std::thread::sleep(Duration::from_millis(20));
    }
}
