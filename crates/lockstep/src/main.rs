//! The one binary of Lockstep; what it does is in the library beside it.

/// A request makes some hundreds of small allocations, of which glibc's allocator made a quarter of the server's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    lockstep::main()
}
