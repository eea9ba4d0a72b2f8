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
 * The memory that this process may use, by what Linux tells below {@code /proc} and {@code /sys}:
 * the machine's, and the limits of the control groups (version 1 or 2) that it is in.
 *
 * <p>What a system does not tell is empty, never an error. Every call reads anew.
 *
 * @param root where {@code proc} and {@code sys} are
 */
public record SystemMemory(Path root) {
  // Limits above this are how control groups of version 1 write "no limit".
  private static final long UNLIMITED = 1L << 60;

  /** Of the system that this process runs on. */
  public static SystemMemory here() {
    return new SystemMemory(Path.of("/"));
  }

  /** Bytes of memory built in. */
  public OptionalLong total() {
    return inBytes("MemTotal");
  }

  /** The least limit in bytes of the control groups that this process is in, at any depth. */
  public OptionalLong limit() {
    return groups().stream().mapToLong(Group::limit).min();
  }

  /** The most bytes that this process could have if it were alone: the total, or a lower limit. */
  public OptionalLong allowed() {
    return least(total(), limit());
  }

  /**
   * Bytes that can still be taken: of the machine, and within the limit of every control group.
   * Files that are only cached count as free, since they give way.
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
      // The second one also knows of groups around a container, which cannot be seen from within.
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

  // Innermost first. In a container the path may be that on the host; then only the root is there.
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
        .flatMapToLong(l -> parsed(l.substring(key.length())).stream())
        .findFirst();
  }

  private OptionalLong inBytes(String key) {
    return lines("proc/meminfo")
        .filter(l -> l.startsWith(key + ":"))
        .flatMapToLong(l -> parsed(l.replaceAll("[^0-9]", "")).stream())
        .map(kibibytes -> kibibytes << 10)
        .findFirst();
  }

  // A group without a limit says "max".
  private OptionalLong number(String file) {
    return lines(file).findFirst().map(SystemMemory::parsed).orElse(OptionalLong.empty());
  }

  private static OptionalLong parsed(String text) {
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
