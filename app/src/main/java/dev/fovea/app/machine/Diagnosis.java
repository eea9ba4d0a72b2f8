package dev.fovea.app.machine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Explains why the engine's native library does not load, and how to fix it.
 *
 * <p>Does not use the engine.
 */
public final class Diagnosis {
  private final Machine machine;
  private final String system;
  private final String architecture;

  public Diagnosis(Machine machine, String system, String architecture) {
    this.machine = machine;
    this.system = system;
    this.architecture = architecture;
  }

  /**
   * The likely causes, most likely first.
   *
   * @param cache the folder that native libraries are unpacked to
   * @param problem the message of the loader, or null if the library loaded
   */
  public List<String> of(Path cache, @Nullable String problem) {
    List<String> lines = new ArrayList<>();
    if (problem == null) {
      return lines;
    }
    if (!system.startsWith("Linux") || !architecture.equals("x86_64")) {
      lines.add(
          "this build of fovea contains the engine for Linux on x86_64; this is "
              + system
              + " on "
              + architecture
              + ": run it in an x86_64 Linux machine or container");
    }
    if (machine.cLibrary().equals("musl")) {
      lines.add(
          "this system uses the C library musl (Alpine); the engine needs glibc: use an image based"
              + " on Debian, Ubuntu or Fedora, for example eclipse-temurin:21-jre instead of"
              + " :21-jre-alpine");
    }
    Path existing = existing(cache);
    if (!machine.allowsExecution(existing)) {
      lines.add(
          cache
              + ", where native libraries are unpacked, is on a file system mounted noexec: set"
              + " another folder with FOVEA_JAVA_OPTS='-Dorg.bytedeco.javacpp.cachedir=FOLDER"
              + " -Djna.tmpdir=FOLDER'");
    }
    if (!Files.isWritable(existing)) {
      lines.add(
          cache
              + ", where native libraries are unpacked, is not writable: make it writable, or set"
              + " another folder with FOVEA_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=FOLDER");
    } else if (existing.toFile().getUsableSpace() < 200_000_000L) {
      lines.add(
          cache
              + ", where native libraries are unpacked, has less than 200 MB of free space: free"
              + " some");
    }
    lines.add("the loader said: " + problem);
    return lines;
  }

  /** The folder itself or its nearest existing ancestor. */
  private static Path existing(Path folder) {
    Path p = folder.toAbsolutePath();
    while (!Files.exists(p) && p.getParent() != null) {
      p = p.getParent();
    }
    return p;
  }
}
