import CLinux

/// Core dumps of this process and of the programs that it starts. They would hold every key that is in memory.
public enum CoreDumps {
    /// None, whatever limit the process was started with and whatever `core_pattern` says (core(5)).
    public static func forbid() { linux_forbid_cores() }

    /// As the limit has it that the process was started with.
    public static func allow() { linux_allow_cores() }
}
