package dev.fovea.onednn.binding;

import com.sun.jna.Pointer;
import dev.fovea.onednn.binding.NativeLibrary.OpenMp;

/**
 * The threads of the OpenMP runtime that oneDNN's primitives run on, and the addresses of the
 * functions that code in these threads calls.
 */
public final class Team {
  private final OpenMp runtime;
  private final long threadNumber;
  private final long threadCount;
  private final long barrier;

  private Team(OpenMp runtime, long threadNumber, long threadCount, long barrier) {
    this.runtime = runtime;
    this.threadNumber = threadNumber;
    this.threadCount = threadCount;
    this.barrier = barrier;
  }

  static Team of(OpenMp runtime, String path) {
    com.sun.jna.NativeLibrary library = com.sun.jna.NativeLibrary.getInstance(path);
    return new Team(
        runtime,
        Pointer.nativeValue(library.getFunction("omp_get_thread_num")),
        Pointer.nativeValue(library.getFunction("omp_get_num_threads")),
        Pointer.nativeValue(library.getFunction("GOMP_barrier")));
  }

  /** The address of {@code omp_get_thread_num}. */
  public long threadNumber() {
    return threadNumber;
  }

  /** The address of {@code omp_get_num_threads}. */
  public long threadCount() {
    return threadCount;
  }

  /** The address of {@code GOMP_barrier}. */
  public long barrier() {
    return barrier;
  }

  /** Runs the code once in each of so many threads, the calling one among them, and waits. */
  public void run(MachineCode code, int threads) {
    runtime.GOMP_parallel(code.entry(), null, threads, 0);
  }
}
