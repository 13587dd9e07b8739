//! Requests of the operating system to end: they arrive as messages, so that the terminal is given back first.

use std::io;
use std::sync::mpsc::Sender;

use crate::event::Input;
#[cfg(unix)]
use crate::message::Message;

/// Listens until dropped.
pub(crate) struct Listener {
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
}

#[cfg(unix)]
impl Listener {
    pub(crate) fn start(sender: Sender<Input>) -> io::Result<Self> {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

        let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        let handle = signals.handle();
        std::thread::Builder::new().name("heapview signals".into()).spawn(move || {
            for signal in signals.forever() {
                if sender.send(Input::Message(Message::Signal(signal))).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { handle })
    }
}

#[cfg(unix)]
impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.close();
    }
}

#[cfg(not(unix))]
impl Listener {
    pub fn start(_sender: Sender<Input>) -> io::Result<Self> {
        Ok(Self {})
    }
}

/// Ends the process the way `signal` does when nobody listens, so that whoever sent it sees that it worked.
pub(crate) fn obey(signal: i32) {
    #[cfg(unix)]
    {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    #[cfg(not(unix))]
    let _ = signal;
}
