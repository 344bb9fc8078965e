package org.impetusmta.core.net;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel says of this process's memory, in octets. Stateless. Source: proc_pid_status(5).
 */
final class ProcessMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMemory.class);
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** What is resident; empty where the kernel does not say. */
  static Optional<Long> resident() {
    if (!Files.isReadable(STATUS)) {
      return Optional.empty();
    }
    try {
      return Files.readString(STATUS)
          .lines()
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException | NumberFormatException e) {
      LOG.debug("{} cannot be read", STATUS, e);
      return Optional.empty();
    }
  }

  /** All memory of the machine, or of the container; 0 where it is not known. */
  static long ofMachine() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }
}
