package dev.fovea.program;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The memory available to this process, read from {@code /proc} and {@code /sys}: the machine's
 * memory, and the limits of the process's control groups (cgroups v1 or v2).
 *
 * <p>A value that the system does not report is empty, never an error. Every call reads current
 * values.
 *
 * @param root the folder that holds {@code proc} and {@code sys}
 */
public record SystemMemory(Path root) {
  // cgroups v1 reports "no limit" as a huge number.
  private static final long UNLIMITED = 1L << 60;

  /** The memory of the running system. */
  public static SystemMemory here() {
    return new SystemMemory(Path.of("/"));
  }

  /** The machine's physical memory in bytes. */
  public OptionalLong total() {
    return inBytes("MemTotal");
  }

  /** The lowest limit in bytes among this process's control groups and their ancestors. */
  public OptionalLong limit() {
    return groups().stream().mapToLong(Group::limit).min();
  }

  /**
   * The most bytes this process could use if nothing else ran: the total, or the limit if lower.
   */
  public OptionalLong allowed() {
    return least(total(), limit());
  }

  /**
   * Bytes that can still be allocated, on the machine and within the limit of every control group.
   * Page cache counts as free, because the kernel can evict it.
   */
  public OptionalLong available() {
    return least(inBytes("MemAvailable"), groups().stream().mapToLong(Group::free).min());
  }

  private static OptionalLong least(OptionalLong a, OptionalLong b) {
    return LongStream.concat(a.stream(), b.stream()).min();
  }

  /** A control group with a limit. */
  private record Group(long limit, long used, long cached) {
    long free() {
      return Math.max(0, limit - Math.max(0, used - cached));
    }
  }

  private List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    for (String line : lines("proc/self/cgroup").toList()) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && List.of(parts[1].split(",")).contains("memory")) {
        addFirstVersion(groups, parts[2]);
      } else if (parts.length == 3 && parts[0].equals("0") && parts[1].isEmpty()) {
        addSecondVersion(groups, parts[2]);
      }
    }
    return groups;
  }

  private void addFirstVersion(List<Group> groups, String path) {
    for (String group : withAncestors("sys/fs/cgroup/memory", path)) {
      long used = number(group + "/memory.usage_in_bytes").orElse(0);
      long cached =
          statistic(group, "total_inactive_file").orElse(0)
              + statistic(group, "total_active_file").orElse(0);
      // hierarchical_memory_limit includes groups around a container that are invisible inside it.
      least(number(group + "/memory.limit_in_bytes"), statistic(group, "hierarchical_memory_limit"))
          .ifPresent(limit -> add(groups, new Group(limit, used, cached)));
    }
  }

  private void addSecondVersion(List<Group> groups, String path) {
    for (String group : withAncestors("sys/fs/cgroup", path)) {
      long used = number(group + "/memory.current").orElse(0);
      long cached =
          statistic(group, "inactive_file").orElse(0) + statistic(group, "active_file").orElse(0);
      number(group + "/memory.max").ifPresent(limit -> add(groups, new Group(limit, used, cached)));
    }
  }

  private static void add(List<Group> groups, Group group) {
    if (group.limit < UNLIMITED) {
      groups.add(group);
    }
  }

  // Innermost first. In a container the path may be the host's; then only the root exists.
  private static List<String> withAncestors(String base, String path) {
    List<String> all = new ArrayList<>();
    String rest = path;
    while (rest.length() > 1) {
      all.add(base + rest);
      rest = rest.substring(0, Math.max(0, rest.lastIndexOf('/')));
    }
    all.add(base);
    return all;
  }

  private OptionalLong statistic(String group, String key) {
    return lines(group + "/memory.stat")
        .filter(l -> l.startsWith(key + " "))
        .flatMapToLong(l -> parse(l.substring(key.length())).stream())
        .findFirst();
  }

  private OptionalLong inBytes(String key) {
    return lines("proc/meminfo")
        .filter(l -> l.startsWith(key + ":"))
        .flatMapToLong(l -> parse(l.replaceAll("[^0-9]", "")).stream())
        .map(kibibytes -> kibibytes << 10)
        .findFirst();
  }

  // A group without a limit says "max".
  private OptionalLong number(String file) {
    return lines(file).findFirst().map(SystemMemory::parse).orElse(OptionalLong.empty());
  }

  private static OptionalLong parse(String text) {
    String t = text.strip();
    return t.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(t)) : OptionalLong.empty();
  }

  private Stream<String> lines(String file) {
    try {
      byte[] bytes = Files.readAllBytes(root.resolve(file));
      return new String(bytes, StandardCharsets.UTF_8).lines();
    } catch (IOException e) {
      return Stream.empty();
    }
  }
}
