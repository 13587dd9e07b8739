//! A real terminal: the browser runs inside tmux, is typed at, and is killed. Says nothing where there is no tmux.
#![cfg(unix)]

#[path = "journeys/heap.rs"]
mod heap;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A tmux server of its own with one pane, in which a shell starts the browser and then waits.
struct Tmux {
    server: String,
}

impl Tmux {
    /// `None` without tmux.
    fn start(name: &str, width: u16, height: u16, file: &heap::File) -> Option<Self> {
        let command = format!("'{}' '{}'", example("browse").display(), file.path().display());
        Self::start_command(name, width, height, &command)
    }

    fn start_command(name: &str, width: u16, height: u16, command: &str) -> Option<Self> {
        Command::new("tmux").arg("-V").output().ok()?;
        let tmux = Self { server: format!("heapview-{name}-{}", std::process::id()) };
        let script = format!("{command}; echo ended with $?; stty -a; cat");
        let [width, height] = [width, height].map(|number| number.to_string());
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", &width, "-y", &height, "sh", "-c", &script]);
        Some(tmux)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = Command::new("tmux").args(["-L", &self.server]).args(arguments).output();
        output.expect("tmux was there a moment ago")
    }

    fn ask(&self, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.run(arguments).stdout).into_owned()
    }

    fn press(&self, key: &str) {
        self.run(&["send-keys", key]);
    }

    /// Waits until the pane shows `text`; returns the pane.
    fn shows(&self, text: &str) -> String {
        let begin = Instant::now();
        loop {
            let pane = self.ask(&["capture-pane", "-p", "-J"]);
            if pane.contains(text) {
                return pane;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "no {text:?} in\n{pane}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill_browser(&self, signal: &str) {
        let shell = self.ask(&["display-message", "-p", "#{pane_pid}"]);
        let children = Command::new("pgrep").args(["-P", shell.trim()]).output().expect("pgrep runs");
        let browser = String::from_utf8_lossy(&children.stdout).trim().to_owned();
        let killed = Command::new("kill").args([signal, &browser]).status().expect("kill runs");
        assert!(killed.success());
    }

    /// The ordinary screen is back, the cursor is seen, the mouse is the terminal's again, and what is typed is echoed.
    fn assert_restored(&self) {
        let pane = self.shows("icanon");
        assert!(!pane.contains("-icanon") && !pane.contains("-echo "), "{pane}");
        assert_eq!(
            self.ask(&["display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"]).trim(),
            "0 1 0"
        );
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

/// An example; `cargo test` builds them before the tests run, `cargo test --test terminal` alone does not.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join(name)
}

#[test]
fn the_reason_is_one_key_away_in_any_size() {
    let file = heap::notebook();
    for (width, height) in [(80, 24), (60, 15), (200, 50)] {
        let Some(tmux) = Tmux::start(&format!("{width}x{height}"), width, height, &file) else { return };
        tmux.shows("numpy.ndarray");
        assert_eq!(tmux.ask(&["display-message", "-p", "#{alternate_on}"]).trim(), "1");
        assert_eq!(tmux.ask(&["display-message", "-p", "#{mouse_any_flag}"]).trim(), "1");
        tmux.press("p");
        tmux.shows(">Out[5]");
        tmux.press("q");
        tmux.shows("ended with 0");
        tmux.assert_restored();
    }
}

#[test]
fn a_resized_terminal_is_filled_again() {
    let file = heap::notebook();
    let Some(tmux) = Tmux::start("resize", 100, 30, &file) else { return };
    tmux.shows("warning     no layout");
    tmux.run(&["resize-window", "-x", "50", "-y", "10"]);
    tmux.shows("1 Overview  2");
    tmux.run(&["resize-window", "-x", "120", "-y", "40"]);
    tmux.shows("5 Paths");
    tmux.press("q");
    tmux.shows("ended with 0");
}

#[test]
fn signals_and_interrupts_give_the_terminal_back() {
    let file = heap::notebook();
    // A shell says 128 plus the number of the signal.
    for (signal, code) in [("-TERM", "143"), ("-INT", "130"), ("-HUP", "129")] {
        let Some(tmux) = Tmux::start(&format!("signal{signal}"), 80, 24, &file) else { return };
        tmux.shows("numpy.ndarray");
        tmux.kill_browser(signal);
        tmux.shows(&format!("ended with {code}"));
        tmux.assert_restored();
    }
    let Some(tmux) = Tmux::start("interrupt", 80, 24, &file) else { return };
    tmux.shows("numpy.ndarray");
    tmux.press("C-c");
    tmux.shows("ended with 0");
    tmux.assert_restored();
}

/// Lists that hold each other without any order, which takes seconds to open.
fn tangle(n: u64) -> heap::File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = heap::Sketch::new(&folder);
    sketch.object(0, "module", 72, Some("__main__"), &[heap::Held::Dict(1)]);
    sketch.object(1, "dict", 232, None, &[heap::Held::Key("ROWS", 2, 3)]);
    for number in 3..n {
        let others = (1..5).map(|nth| 3 + (number * 48_271 + nth * 69_621_987) % (n - 3));
        let next = 3 + (number - 2) % (n - 3);
        let held: Vec<_> =
            others.chain([next]).enumerate().map(|(at, to)| heap::Held::Item(at as u32, to)).collect();
        sketch.object(number, "list", 96, None, &held);
    }
    sketch.finish(folder)
}

#[test]
fn opening_is_cancelled_at_once() {
    let file = tangle(1_000_000);
    for key in ["q", "Escape", "C-c"] {
        let Some(tmux) = Tmux::start(&format!("cancel{key}"), 80, 40, &file) else { return };
        tmux.shows("q or Esc cancels");
        tmux.press(key);
        tmux.shows("ended with 1\n");
        tmux.assert_restored();
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_its_message_stays_readable() {
    // Unless the hook gives the terminal back first, the message goes with the browser's screen.
    let command = format!("RUST_BACKTRACE=0 '{}'", example("panic").display());
    let Some(tmux) = Tmux::start_command("panic", 80, 40, &command) else { return };
    tmux.shows("ended with 101");
    tmux.shows("the reason of the panic");
    tmux.assert_restored();
}

#[test]
fn a_terminal_that_goes_away_takes_the_browser_along() {
    let file = heap::notebook();
    let Some(tmux) = Tmux::start("gone", 80, 24, &file) else { return };
    tmux.shows("numpy.ndarray");
    let shell = tmux.ask(&["display-message", "-p", "#{pane_pid}"]);
    let children = Command::new("pgrep").args(["-P", shell.trim()]).output().expect("pgrep runs");
    let browser = String::from_utf8_lossy(&children.stdout).trim().to_owned();
    assert!(!browser.is_empty());
    tmux.run(&["kill-server"]);
    let begin = Instant::now();
    while Command::new("kill").args(["-0", &browser]).output().expect("kill runs").status.success() {
        assert!(begin.elapsed() < Duration::from_secs(10), "process {browser} goes on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn clicks_and_the_wheel_arrive() {
    let file = heap::notebook();
    let Some(tmux) = Tmux::start("mouse", 100, 30, &file) else { return };
    tmux.shows("numpy.ndarray");
    tmux.press("2");
    tmux.shows("type 1 of");
    // As terminals report the left button and the wheel, counting columns and rows from 1.
    tmux.run(&["send-keys", "-l", "\u{1b}[<0;10;5M\u{1b}[<0;10;5m"]);
    tmux.shows("type 2 of");
    tmux.run(&["send-keys", "-l", "\u{1b}[<65;10;5M"]);
    tmux.shows("type 5 of");
    tmux.press("q");
    tmux.shows("ended with 0");
    tmux.assert_restored();
}
