//! Pages open in a browser without an error, and their slider moves. Needs Chromium; where there is none,
//! this says that it was left out.

use std::path::Path;
use std::process::Command;

use crate::run::{folder, knockon, left_out};

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What a browser made of a page, and what it complained of.
struct Opened {
    document: String,
    complaints: Vec<String>,
}

fn browser() -> Option<&'static str> {
    BROWSERS.into_iter().find(|it| Command::new(it).arg("--version").output().is_ok())
}

fn open(browser: &str, page: &Path) -> Opened {
    let profile = folder(&[]);
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let complaints = told.lines().filter(|line| line.contains(":CONSOLE")).map(str::to_owned);
    Opened {
        document: String::from_utf8_lossy(&output.stdout).into_owned(),
        complaints: complaints.collect(),
    }
}

/// Moves the slider to its end, and says in the title what the page then shows.
const MOVE: &str = "<script>
const slider = document.getElementById('time');
slider.value = slider.max;
slider.dispatchEvent(new Event('input'));
document.title = 'moved to ' + document.getElementById('now').textContent;
</script></body>";

#[test]
fn pages_open_without_an_error_and_can_be_moved_through() {
    let Some(browser) = browser() else {
        left_out("pages in a browser, since there is no Chromium here");
        return;
    };
    let folder = folder(&[]);
    let path = folder.path().join("page.html");
    let file = path.to_str().unwrap();
    for (command, lasts) in [
        (vec!["run", "packs/sock-shop/5a-queue-blockage"], "20:00"),
        (vec!["run", "packs/connect/coredns-nxdomain"], "32:00"),
        (vec!["prove", "packs/checkout/planned-deploy", "--replications", "2"], "20:00"),
    ] {
        let ran = knockon(&[command.as_slice(), &["--html", file]].concat());
        assert!(ran.code < 2, "{}", ran.stderr);
        let html = std::fs::read_to_string(&path).unwrap();
        assert!(fetches_nothing(&html), "{command:?} fetches something");
        std::fs::write(&path, html.replace("</body>", MOVE)).unwrap();
        let opened = open(browser, &path);
        assert_eq!(opened.complaints, Vec::<String>::new(), "{command:?}");
        let title = format!("<title>moved to {lasts}</title>");
        assert!(opened.document.contains(&title), "{command:?} does not move");
    }
}

/// The page of a verdict has no script that could fail, but a policy and a drawing.
#[test]
fn the_page_of_a_verdict_opens_without_an_error() {
    let Some(browser) = browser() else {
        left_out("the page of a verdict in a browser, since there is no Chromium here");
        return;
    };
    let folder = folder(&[]);
    let path = folder.path().join("page.html");
    let dir = "examples/incidents/inventory-pool-exhaustion";
    let system = format!("{dir}/system.yaml");
    let ran = knockon(&["triage", "-s", &system, dir, "--html", path.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let html = std::fs::read_to_string(&path).unwrap();
    assert!(fetches_nothing(&html));
    let opened = open(browser, &path);
    assert_eq!(opened.complaints, Vec::<String>::new());
    for words in ["Roll inventoryservice back", "id=\"spread\"", "id=\"timeline\""] {
        assert!(opened.document.contains(words), "{words}");
    }
}

/// Addresses are words on a page, in commands; nothing is got from them.
fn fetches_nothing(html: &str) -> bool {
    let ways = ["src=", "href=\"http", "@import", "fetch(", "XMLHttpRequest", "stylesheet"];
    let drawings = html.matches("url(#").count();
    ways.iter().all(|way| !html.contains(way)) && html.matches("url(").count() == drawings
}

/// The test above can fail: a page with a mistake is complained of.
#[test]
fn a_page_with_a_mistake_is_complained_of() {
    let Some(browser) = browser() else { return };
    let folder = folder(&[]);
    let path = folder.path().join("page.html");
    std::fs::write(&path, "<!doctype html><script>nothing.there()</script>").unwrap();
    assert!(!open(browser, &path).complaints.is_empty());
}
