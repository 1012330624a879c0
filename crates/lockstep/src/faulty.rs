//! `lockstep-faulty`: the program with crash points and planted bugs, which the environment chooses. For tests alone.

#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> = zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn main() -> std::process::ExitCode {
    faults::arm_from_environment();
    lockstep::main()
}
