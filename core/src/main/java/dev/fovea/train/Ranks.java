package dev.fovea.train;

import dev.fovea.collective.Collective;
import dev.fovea.collective.CollectiveException;
import dev.fovea.collective.ExchangeThread;
import dev.fovea.data.loader.RankShare;
import dev.fovea.tensor.Decimals;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The ranks of a run: what they decide together, so that all do the same at the same step.
 *
 * <p>Every rank makes the same calls in the same order. Each message also carries the wishes of its
 * rank; after it, all ranks know those of all. The only rank of a run exchanges nothing and asks
 * itself. Used by the training thread.
 */
final class Ranks implements AutoCloseable {
  private static final byte[] NOTHING = {};
  private static final int HEADER = 2;

  /** What a rank may wish between two steps. */
  enum Wish {
    /** To stop because a user asked for it. */
    INTERRUPT(1),
    /** To stop because the time is up. */
    TIME_UP(2),
    /** To save the state. */
    SAVE(4);

    private final int bit;

    Wish(int bit) {
      this.bit = bit;
    }
  }

  private final int rank;
  private final int size;
  private final @Nullable ExchangeThread thread;
  private Supplier<Set<Wish>> own = Set::of;
  private Set<Wish> all = Set.of();
  private @Nullable Throwable known;

  private Ranks(int rank, int size, @Nullable ExchangeThread thread) {
    this.rank = rank;
    this.size = size;
    this.thread = thread;
  }

  /** The ranks that a collective connects; the caller closes it after this. */
  static Ranks of(Collective collective) {
    return collective.size() == 1
        ? alone()
        : new Ranks(collective.rank(), collective.size(), new ExchangeThread(collective));
  }

  /** The only rank. */
  static Ranks alone() {
    return new Ranks(0, 1, null);
  }

  boolean areSeveral() {
    return thread != null;
  }

  int size() {
    return size;
  }

  /** Whether this is rank 0, which has the files of the run. */
  boolean leads() {
    return rank == 0;
  }

  /** The part of the images that this rank loads. */
  RankShare share() {
    return new RankShare(rank, size);
  }

  /** How this rank exchanges values; empty if it is the only one. */
  Optional<ExchangeThread> exchange() {
    return Optional.ofNullable(thread);
  }

  /** Asks this rank for its wishes from now on. */
  void wishes(Supplier<Set<Wish>> of) {
    own = of;
  }

  /** Whether any rank wishes this; all ranks get the same answer at the same step. */
  boolean wish(Wish w) {
    return areSeveral() ? all.contains(w) : own.get().contains(w);
  }

  /** Whether any rank wishes to stop. */
  boolean wishToStop() {
    return wish(Wish.INTERRUPT) || wish(Wish.TIME_UP);
  }

  /**
   * Runs {@code part} on every rank and returns the results of all, in the order of the ranks. If
   * it fails on one rank, it fails on all: there with its own exception, elsewhere with one that
   * names the rank.
   *
   * @throws CollectiveException if another rank failed or cannot be reached
   */
  List<byte[]> gather(Supplier<byte[]> part) {
    if (thread == null) {
      return List.of(part.get());
    }
    byte[] result;
    RuntimeException failure = null;
    try {
      result = part.get();
    } catch (CollectiveException e) {
      throw e;
    } catch (RuntimeException e) {
      failure = e;
      result = reason(e).getBytes(StandardCharsets.UTF_8);
    }
    List<byte[]> messages = thread.gather(message(result, failure != null));
    all = EnumSet.noneOf(Wish.class);
    messages.forEach(m -> all.addAll(wishes(m[0])));
    if (failure != null) {
      throw shared(failure);
    }
    List<byte[]> results = new ArrayList<>();
    for (int r = 0; r < size; r++) {
      byte[] m = messages.get(r);
      ByteBuffer body = ByteBuffer.wrap(m, HEADER, m.length - HEADER);
      if (m[1] != 0) {
        throw shared(
            new CollectiveException("rank " + r + ": " + StandardCharsets.UTF_8.decode(body)));
      }
      byte[] bytes = new byte[body.remaining()];
      body.get(bytes);
      results.add(bytes);
    }
    return results;
  }

  private byte[] message(byte[] result, boolean failed) {
    int bits = 0;
    for (Wish w : own.get()) {
      bits |= w.bit;
    }
    return ByteBuffer.allocate(HEADER + result.length)
        .put((byte) bits)
        .put((byte) (failed ? 1 : 0))
        .put(result)
        .array();
  }

  private static Set<Wish> wishes(byte bits) {
    Set<Wish> set = EnumSet.noneOf(Wish.class);
    for (Wish w : Wish.values()) {
      if ((bits & w.bit) != 0) {
        set.add(w);
      }
    }
    return set;
  }

  // Messages of Fovea's own exceptions need no name beside them; those of others often do.
  private static String reason(Throwable e) {
    String message = e.getMessage();
    return message != null && e.getClass().getName().startsWith("dev.fovea.")
        ? message
        : e.getClass().getSimpleName() + ": " + message;
  }

  /** Does something on all ranks; if it fails on one, it fails on all, as in {@link #gather}. */
  void together(Runnable what) {
    gather(
        () -> {
          what.run();
          return NOTHING;
        });
  }

  /** Does something on rank 0; if it fails there, it fails on all. */
  void first(Runnable what) {
    together(
        () -> {
          if (leads()) {
            what.run();
          }
        });
  }

  /** Returns what rank 0 gives to all. */
  byte[] ofFirst(Supplier<byte[]> given) {
    return gather(() -> leads() ? given.get() : NOTHING).get(0);
  }

  /** Returns the text that rank 0 gives to all. */
  String textOfFirst(Supplier<String> given) {
    return new String(
        ofFirst(() -> given.get().getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
  }

  /** Returns a text of each rank. */
  List<String> texts(Supplier<String> part) {
    return gather(() -> part.get().getBytes(StandardCharsets.UTF_8)).stream()
        .map(b -> new String(b, StandardCharsets.UTF_8))
        .toList();
  }

  /** Remembers that all ranks throw {@code e} or its like together, and returns it. */
  <T extends Throwable> T shared(T e) {
    known = e;
    return e;
  }

  /** Whether all ranks threw {@code e} or its like together, so that they can still exchange. */
  boolean isShared(Throwable e) {
    return !areSeveral() || e == known;
  }

  /** Tells the other ranks that this one ends because of {@code e}, unless they know. */
  void fail(Throwable e) {
    if (thread != null && e != known && !(e instanceof CollectiveException)) {
      thread.fail(reason(e));
    }
  }

  /** For example {@code 4 ranks}. */
  @Override
  public String toString() {
    return Decimals.count(size, "rank");
  }

  /** Ends the exchange; the collective stays open. Idempotent. */
  @Override
  public void close() {
    if (thread != null) {
      thread.close();
    }
  }
}
