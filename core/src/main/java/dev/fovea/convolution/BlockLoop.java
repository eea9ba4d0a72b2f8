package dev.fovea.convolution;

import dev.fovea.x86.Label;
import dev.fovea.x86.Mem;
import dev.fovea.x86.Reg;

/**
 * Emits the loop of a thread over blocks of tiles: blocks from a common counter, or all blocks
 * together with the other threads of the team.
 */
final class BlockLoop {
  private final Code code;
  private final TeamFunctions team;
  private final int tiles;
  private final int tilesPerBlock;
  private final Mem thread;
  private final Mem threads;
  private final Mem start;
  private final Mem count;
  private final Mem free;

  BlockLoop(Code code, TeamFunctions team, int tiles, int tilesPerBlock) {
    this.code = code;
    this.team = team;
    this.tiles = tiles;
    this.tilesPerBlock = tilesPerBlock;
    this.thread = code.slot();
    this.threads = code.slot();
    this.start = code.slot();
    this.count = code.slot();
    this.free = code.slot();
  }

  /** Holds the number of this thread. */
  Mem thread() {
    return thread;
  }

  /** Holds the number of threads. */
  Mem threads() {
    return threads;
  }

  /** Holds the first tile of the block. */
  Mem start() {
    return start;
  }

  /** Holds the number of tiles in the block. */
  Mem count() {
    return count;
  }

  /** Eight bytes for the body of the loop. */
  Mem free() {
    return free;
  }

  /** Emits what comes before the loop. */
  void enter() {
    code.call(team.threadNumber());
    code.asm().move(thread, Reg.RAX);
    code.call(team.threads());
    code.asm().move(threads, Reg.RAX);
  }

  /** Emits a loop over the blocks that this thread takes from the counter. */
  void apart(long counter, Runnable body) {
    Label next = code.asm().label();
    Label end = code.asm().label();
    code.asm().place(next);
    code.asm().move(Reg.RCX, counter);
    code.asm().move(Reg.RAX, 1);
    code.asm().exchangeAndAdd(Reg.RCX.at(0), Reg.RAX);
    code.asm().multiply(Reg.RAX, Reg.RAX, tilesPerBlock);
    code.asm().compare(Reg.RAX, tiles);
    code.asm().jumpIfAtLeast(end);
    enterBlock();
    body.run();
    code.asm().jump(next);
    code.asm().place(end);
  }

  /** Emits a loop over all blocks. */
  void together(Runnable body) {
    Label next = code.asm().label();
    Label end = code.asm().label();
    code.asm().move(Reg.RAX, 0);
    code.asm().place(next);
    enterBlock();
    body.run();
    code.asm().move(Reg.RAX, start);
    code.asm().add(Reg.RAX, tilesPerBlock);
    code.asm().compare(Reg.RAX, tiles);
    code.asm().jumpIfAtLeast(end);
    code.asm().jump(next);
    code.asm().place(end);
  }

  // RAX holds the first tile.
  private void enterBlock() {
    code.asm().move(start, Reg.RAX);
    code.asm().move(Reg.RCX, tiles);
    code.asm().subtract(Reg.RCX, Reg.RAX);
    Label whole = code.asm().label();
    Label known = code.asm().label();
    code.asm().compare(Reg.RCX, tilesPerBlock);
    code.asm().jumpIfAtLeast(whole);
    code.asm().move(count, Reg.RCX);
    code.asm().jump(known);
    code.asm().place(whole);
    code.asm().move(Reg.RCX, tilesPerBlock);
    code.asm().move(count, Reg.RCX);
    code.asm().place(known);
  }

  /** Emits this thread's part of a number of things: R12 is the first, R13 how many. */
  void part(Mem of) {
    code.asm().move(Reg.R8, of);
    part();
  }

  /** As {@link #part(Mem)}, for a known number. */
  void part(int of) {
    code.asm().move(Reg.R8, of);
    part();
  }

  private void part() {
    code.asm().move(Reg.RCX, threads);
    code.asm().move(Reg.RAX, thread);
    code.asm().multiply(Reg.RAX, Reg.R8);
    code.asm().divide(Reg.RCX);
    code.asm().move(Reg.R12, Reg.RAX);
    code.asm().move(Reg.RAX, thread);
    code.asm().add(Reg.RAX, 1);
    code.asm().multiply(Reg.RAX, Reg.R8);
    code.asm().divide(Reg.RCX);
    code.asm().move(Reg.R13, Reg.RAX);
    code.asm().subtract(Reg.R13, Reg.R12);
  }

  /** Emits code that is skipped if R13 is 0. */
  void ifNotEmpty(Runnable then) {
    Label end = code.asm().label();
    code.asm().compare(Reg.R13, 0);
    code.asm().jumpIfZero(end);
    then.run();
    code.asm().place(end);
  }
}
