package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;
import static org.bytedeco.dnnl.global.dnnl.dnnl_version;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.File;
import java.util.Optional;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * The loaded oneDNN library: its CPU engine and stream, and the few functions of the C library and
 * the OpenMP runtime that are needed with it.
 *
 * <p>Loaded at first use and kept for the lifetime of the process; safe for use by several threads.
 */
public final class NativeLibrary {
  /** The library's name in messages and reports. */
  public static final String NAME = "oneDNN";

  private static @Nullable NativeLibrary instance;

  private final String path;
  private final dnnl_engine engine;
  private final dnnl_stream stream;
  private final LibC libc;
  private final @Nullable OpenMp openMp;
  private final Optional<Team> team;

  /** Functions of the C library that allocate and protect memory. */
  interface LibC extends com.sun.jna.Library {
    Pointer mmap(
        @Nullable Pointer address, long length, int protection, int flags, int file, long offset);

    int munmap(Pointer address, long length);

    int madvise(Pointer address, long length, int advice);

    int mprotect(Pointer address, long length, int protection);
  }

  /** Functions of the OpenMP runtime that oneDNN uses. */
  interface OpenMp extends com.sun.jna.Library {
    void omp_set_num_threads(int threads);

    int omp_get_max_threads();

    void GOMP_parallel(Pointer function, @Nullable Pointer data, int threads, int flags);
  }

  private NativeLibrary() {
    try {
      path = Loader.load(org.bytedeco.dnnl.global.dnnl.class);
    } catch (LinkageError e) {
      throw new NativeException(
          "oneDNN could not be loaded: "
              + e.getMessage()
              + "; Fovea needs Linux on x86-64 with glibc and a cache folder that allows execution"
              + " (choose one with -Dorg.bytedeco.javacpp.cachedir=FOLDER)",
          e);
    } catch (IllegalCallerException e) {
      throw new NativeException(
          "oneDNN could not be loaded: this JVM forbids native code; permit it with the JVM's"
              + " option enable-native-access=ALL-UNNAMED, or write Enable-Native-Access:"
              + " ALL-UNNAMED into the manifest of the program's jar",
          e);
    }
    engine =
        create(
            "dnnl_engine_create", dnnl_engine.class, out -> dnnl_engine_create(out, dnnl_cpu, 0));
    stream =
        create(
            "dnnl_stream_create",
            dnnl_stream.class,
            out -> dnnl_stream_create(out, engine, dnnl_stream_default_flags));
    libc = Native.load("c", LibC.class);
    File gomp = new File(new File(path).getParentFile(), "libgomp.so.1");
    openMp = gomp.exists() ? Native.load(gomp.getPath(), OpenMp.class) : null;
    team = openMp == null ? Optional.empty() : Optional.of(Team.of(openMp, gomp.getPath()));
  }

  /**
   * The library, loaded by the first call.
   *
   * @throws NativeException if it cannot be loaded on this machine
   */
  public static synchronized NativeLibrary get() {
    NativeLibrary i = instance;
    if (i == null) {
      i = new NativeLibrary();
      instance = i;
    }
    return i;
  }

  /** The path of the loaded file. */
  public String path() {
    return path;
  }

  /** The version of oneDNN, for example {@code 3.11.0}. */
  public String version() {
    dnnl_version_t v = dnnl_version();
    return v.major() + "." + v.minor() + "." + v.patch();
  }

  /** The instruction set for which oneDNN generates code. */
  public Isa isa() {
    return Isa.ofCode(dnnl_get_effective_cpu_isa());
  }

  /** Sets the number of threads for primitives that the calling thread creates or executes. */
  public void useThreads(int threads) {
    if (openMp != null) {
      openMp.omp_set_num_threads(threads);
    }
  }

  /** The default number of threads of a primitive. */
  public int defaultThreads() {
    return openMp == null ? 1 : openMp.omp_get_max_threads();
  }

  /** The threads that primitives run on, for machine code of our own; empty without OpenMP. */
  public Optional<Team> team() {
    return team;
  }

  dnnl_engine engine() {
    return engine;
  }

  dnnl_stream stream() {
    return stream;
  }

  LibC libc() {
    return libc;
  }

  /** A native function that stores a handle through its first argument and returns a status. */
  interface Creation {
    int into(PointerPointer<?> out);
  }

  static <P extends org.bytedeco.javacpp.Pointer> P create(
      String call, Class<P> type, Creation creation) {
    try (PointerPointer<P> out = new PointerPointer<>(1)) {
      check(call, creation.into(out));
      return out.get(type, 0);
    }
  }

  static void check(String call, int status) {
    if (status != dnnl_success) {
      throw new NativeException(call + " failed with status " + statusName(status));
    }
  }

  private static String statusName(int status) {
    return switch (status) {
      case 1 -> "out_of_memory";
      case 2 -> "invalid_arguments";
      case 3 -> "unimplemented";
      case 4 -> "last_impl_reached";
      case 5 -> "runtime_error";
      case 6 -> "not_required";
      default -> Integer.toString(status);
    };
  }
}
