//! Puts worker threads behind everything else, so that the console and the machine stay quick.

#[cfg(target_os = "linux")]
use std::os::unix::thread::JoinHandleExt;
use std::thread::JoinHandle;

use crate::domain::hashing::Scheduling;

/// Lowers the calling thread and says how far that went.
pub(super) fn lower_this_thread() -> Scheduling {
    if sched_idle() {
        Scheduling::Idle
    } else if nice_19() {
        Scheduling::Nice
    } else {
        Scheduling::Normal
    }
}

/// Binds the calling thread to one processor; false where the system does not do that, or has no such processor.
#[cfg(target_os = "linux")]
pub(super) fn bind_this_thread(cpu: usize) -> bool {
    use rustix::thread::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    let known = cpu < CpuSet::MAX_CPU;
    if known {
        set.set(cpu);
    }
    known && sched_setaffinity(None, &set).is_ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn bind_this_thread(_cpu: usize) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn sched_idle() -> bool {
    // SAFETY: `sched_param` is a plain C struct of integers, for which all zeros is a value.
    let param: libc::sched_param = unsafe { std::mem::zeroed() };
    // SAFETY: process id 0 names the calling thread; `param` lives until the call returns and is only read.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const param) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn sched_idle() -> bool {
    false
}

/// Puts a thread back among the others for a moment, so that it comes to read its orders also where others hold all
/// processors. Needs a privilege (`CAP_SYS_NICE`); without it nothing changes, and the thread is only slower to see them.
#[cfg(target_os = "linux")]
pub(super) fn raise(thread: &JoinHandle<()>) {
    // SAFETY: `sched_param` is a plain C struct of integers, for which all zeros is a value.
    let param: libc::sched_param = unsafe { std::mem::zeroed() };
    let id = thread.as_pthread_t();
    // SAFETY: a thread's id is valid until it is joined or detached, and the handle, which does either, is borrowed
    // here; for one that has ended the call only fails. `param` lives until the call returns and is only read.
    let _ = unsafe { libc::pthread_setschedparam(id, libc::SCHED_OTHER, &raw const param) };
}

#[cfg(not(target_os = "linux"))]
pub(super) fn raise(_thread: &JoinHandle<()>) {}

/// On Linux niceness is a thread's own; elsewhere it would slow the whole console down.
#[cfg(target_os = "linux")]
fn nice_19() -> bool {
    rustix::process::setpriority_process(None, 19).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn nice_19() -> bool {
    false
}

/// Asks for short turns on the processor for the calling thread (0.1 ms, the least there is), which lets it run sooner
/// when it wakes among threads with longer ones. Threads and priorities stay as they are; systems that do not know this
/// (Linux before 6.12, and others) change nothing. False where it was not taken.
#[cfg(target_os = "linux")]
pub fn short_turns_for_this_thread() -> bool {
    #[repr(C)]
    #[derive(Default)]
    struct SchedAttr {
        size: u32,
        policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        runtime: u64,
        deadline: u64,
        period: u64,
    }
    let attr = SchedAttr {
        size: 48,
        policy: libc::SCHED_OTHER as u32,
        // The nice value that it has: whoever started the program politely meant that.
        nice: rustix::process::getpriority_process(None).unwrap_or(0),
        runtime: 100_000,
        ..SchedAttr::default()
    };
    // SAFETY: thread id 0 names the calling thread; `attr` has the layout of sched_setattr(2)'s first version, says its
    // own size, lives until the call returns and is only read.
    unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attr, 0) == 0 }
}

/// Not known on this system.
#[cfg(not(target_os = "linux"))]
pub fn short_turns_for_this_thread() -> bool {
    false
}
