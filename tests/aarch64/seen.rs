//! That the tests beside this one do run the machine's own kernels: the emulated processor has the extension.

use baseload::engine::kernel::by_name;

#[test]
fn the_kernels_of_64_bit_arm_are_there() {
    for name in ["armsha-x2", "armsha-x4"] {
        assert!(by_name(name).is_some(), "{name}");
    }
}
