//! The one binary of Lockstep; what it does is in the library beside it.

use mimalloc::MiMalloc;
use zeroizing_alloc::ZeroAlloc;

/// A request makes some hundreds of small allocations, of which glibc's allocator made a quarter of the server's time.
/// Whatever is freed is wiped first: a value that a caller sent or got has been in buffers of many hands.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<MiMalloc> = ZeroAlloc(MiMalloc);

fn main() -> std::process::ExitCode {
    lockstep::main()
}
