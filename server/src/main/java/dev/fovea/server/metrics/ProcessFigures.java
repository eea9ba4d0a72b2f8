package dev.fovea.server.metrics;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What the process takes, under the names that Prometheus's own clients use. */
public final class ProcessFigures {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private ProcessFigures() {}

  /** Writes memory, processor time, threads and collections. */
  public static void write(Exposition page) {
    residentBytes()
        .ifPresent(
            bytes ->
                gauge(page, "process_resident_memory_bytes", "Resident memory of the process.")
                    .sample(bytes));
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.UnixOperatingSystemMXBean unix) {
      counter(page, "process_cpu_seconds_total", "Processor time of the process.")
          .sample(unix.getProcessCpuTime() / 1e9);
      gauge(page, "process_open_fds", "Open file descriptors.")
          .sample(unix.getOpenFileDescriptorCount());
      gauge(page, "process_max_fds", "The limit of open file descriptors.")
          .sample(unix.getMaxFileDescriptorCount());
    }
    gauge(page, "process_start_time_seconds", "Start of the process in seconds since 1970.")
        .sample(ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    memory(page);
    gauge(page, "jvm_threads_current", "Threads of the JVM.")
        .sample(ManagementFactory.getThreadMXBean().getThreadCount());
    for (GarbageCollectorMXBean gc : ManagementFactory.getGarbageCollectorMXBeans()) {
      counter(page, "jvm_gc_collections_total", "Collections of garbage.")
          .sample(gc.getCollectionCount(), "gc", gc.getName());
      counter(page, "jvm_gc_collection_seconds_total", "Time of collections of garbage.")
          .sample(gc.getCollectionTime() / 1e3, "gc", gc.getName());
    }
  }

  private static void memory(Exposition page) {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    Exposition.Metric used = gauge(page, "jvm_memory_used_bytes", "Memory of the JVM in use.");
    Exposition.Metric most = gauge(page, "jvm_memory_max_bytes", "Limit of memory; -1 for none.");
    MemoryUsage heap = memory.getHeapMemoryUsage();
    MemoryUsage other = memory.getNonHeapMemoryUsage();
    used.sample(heap.getUsed(), "area", "heap").sample(other.getUsed(), "area", "nonheap");
    most.sample(heap.getMax(), "area", "heap").sample(other.getMax(), "area", "nonheap");
  }

  /** Resident memory where Linux tells it. */
  static OptionalLong residentBytes() {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(RESIDENT))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static Exposition.Metric gauge(Exposition page, String name, String help) {
    return page.metric(name, Exposition.Kind.GAUGE, help);
  }

  private static Exposition.Metric counter(Exposition page, String name, String help) {
    return page.metric(name, Exposition.Kind.COUNTER, help);
  }
}
