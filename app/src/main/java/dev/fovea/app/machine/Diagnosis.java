package dev.fovea.app.machine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why the engine's native library may not load on a machine, and the line that helps.
 *
 * <p>Works without touching the engine, so that it can explain why the engine does not work.
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
   * What stands in the way, the likeliest first.
   *
   * @param cache the folder that native libraries are unpacked to
   * @param problem what the loader said, or null if it loaded
   */
  public List<String> of(Path cache, @Nullable String problem) {
    List<String> lines = new ArrayList<>();
    if (problem == null) {
      return lines;
    }
    if (!system.startsWith("Linux") || !architecture.equals("x86_64")) {
      lines.add(
          "this build of fovea holds the engine for Linux on x86_64; this is "
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
              + ", where native libraries are unpacked, lies on a file system mounted noexec: name"
              + " another folder with FOVEA_JAVA_OPTS='-Dorg.bytedeco.javacpp.cachedir=FOLDER"
              + " -Djna.tmpdir=FOLDER'");
    }
    if (!Files.isWritable(existing)) {
      lines.add(
          cache
              + ", where native libraries are unpacked, cannot be written to: make it writable, or"
              + " name another with FOVEA_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=FOLDER");
    } else if (existing.toFile().getUsableSpace() < 200_000_000L) {
      lines.add(
          cache
              + ", where native libraries are unpacked, has less than 200 MB left: free some"
              + " space");
    }
    lines.add("the loader said: " + problem);
    return lines;
  }

  /** The folder itself or the nearest around it that exists. */
  private static Path existing(Path folder) {
    Path p = folder.toAbsolutePath();
    while (!Files.exists(p) && p.getParent() != null) {
      p = p.getParent();
    }
    return p;
  }
}
