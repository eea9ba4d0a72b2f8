package dev.fovea.onednn.binding;

import java.util.List;
import org.bytedeco.javacpp.Loader;

/**
 * An operating system and processor, by the name that is the classifier of the native libraries'
 * jars, for example {@code linux-x86_64}.
 */
record Platform(String name) {
  /** The platform on which everything is tested. */
  static final Platform LINUX = new Platform("linux-x86_64");

  /** The platforms for which oneDNN's jar exists. */
  static final List<Platform> WITH_ENGINE =
      List.of(
          LINUX,
          new Platform("linux-arm64"),
          new Platform("macosx-arm64"),
          new Platform("macosx-x86_64"),
          new Platform("windows-x86_64"));

  /** The platform that this JVM runs on. */
  static Platform here() {
    return new Platform(Loader.getPlatform());
  }

  boolean isWindows() {
    return name.startsWith("windows-");
  }

  boolean isMac() {
    return name.startsWith("macosx-");
  }

  /**
   * The OpenMP runtime that oneDNN is linked with there, which lies beside it except on Windows.
   */
  String openMp() {
    if (isWindows()) {
      return "vcomp140.dll";
    }
    if (isMac()) {
      return name.endsWith("arm64") ? "libomp.dylib" : "libiomp5.dylib";
    }
    return "libgomp.so.1";
  }

  /**
   * Why oneDNN cannot be loaded, and what to do.
   *
   * @param jar whether the class path has oneDNN's native library for this platform
   * @param said the loader's message
   */
  String refusal(boolean jar, String said) {
    if (!WITH_ENGINE.contains(this)) {
      return "oneDNN cannot be loaded: it does not exist for "
          + name
          + ", only for "
          + String.join(", ", WITH_ENGINE.stream().map(Platform::name).toList())
          + "; run Fovea on one of these";
    }
    if (!jar) {
      return "oneDNN cannot be loaded: the class path has no native libraries for "
          + name
          + "; add org.bytedeco:javacpp, org.bytedeco:dnnl and org.bytedeco:opencl with the"
          + " classifier "
          + name
          + " (dev.fovea:fovea-bom knows their versions)";
    }
    return "oneDNN could not be loaded: "
        + said
        + "; Fovea needs "
        + (name.startsWith("linux-") ? "glibc and " : "")
        + "a cache folder that allows execution"
        + " (choose one with -Dorg.bytedeco.javacpp.cachedir=FOLDER)";
  }
}
