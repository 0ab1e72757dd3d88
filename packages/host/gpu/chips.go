package gpu

// chip is a range of PCI device numbers of one maker with one architecture.
type chip struct {
	first, last uint16
	arch        string
}

// nvidiaChips are the PCI device numbers of NVIDIA's GPUs, which come in blocks a chip (the PCI ID Repository), with the compute capability of
// the chip (NVIDIA's list "CUDA GPU Compute Capability"). A driver that answers is believed before this table.
var nvidiaChips = []chip{
	{0x0fc0, 0x0fff, "sm_30"}, // GK107
	{0x1000, 0x1027, "sm_35"}, // GK110: K20, K40
	{0x1028, 0x102c, "sm_35"},
	{0x102d, 0x102f, "sm_37"},  // GK210: K80
	{0x1180, 0x11ff, "sm_30"},  // GK104: K10
	{0x1340, 0x13bf, "sm_50"},  // GM107, GM108
	{0x13c0, 0x143f, "sm_52"},  // GM204, GM206: M60
	{0x15f0, 0x15ff, "sm_60"},  // GP100: P100
	{0x17c0, 0x17ff, "sm_52"},  // GM200: M40
	{0x1b00, 0x1d7f, "sm_61"},  // GP102 to GP108: P40, P4
	{0x1d80, 0x1dff, "sm_70"},  // GV100: V100
	{0x1e00, 0x1fff, "sm_75"},  // TU102 to TU117: T4 is 0x1eb8
	{0x2080, 0x20ff, "sm_80"},  // GA100: A100, A30
	{0x2180, 0x21ff, "sm_75"},  // TU116
	{0x2200, 0x228f, "sm_86"},  // GA102: A40, A10
	{0x2300, 0x237f, "sm_90"},  // GH100: H100, H200, GH200
	{0x2480, 0x25ff, "sm_86"},  // GA104, GA106, GA107
	{0x2680, 0x28ff, "sm_89"},  // AD102 to AD107: L40S, L4
	{0x2900, 0x297f, "sm_100"}, // GB100, GB102: B200, GB200
	{0x2b80, 0x2dff, "sm_120"}, // GB202 to GB206
	{0x2f00, 0x2f7f, "sm_120"}, // GB205
	{0x3180, 0x31ff, "sm_103"}, // GB110: B300, GB300
}

// nvidiaArch is the architecture of a PCI device of NVIDIA; "" if the table does not have it.
func nvidiaArch(device uint16) string {
	for _, c := range nvidiaChips {
		if c.first <= device && device <= c.last {
			return c.arch
		}
	}
	return ""
}
