package dev.fovea.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.x86.Instructions.Instruction;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The bytes of every instruction against {@code instructions.txt}, in which GNU objdump has read
 * the text of every line from its bytes. The file's head says how to do that again.
 */
class AssemblerTest {
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");
  private static final String GOLDEN = "instructions.txt";

  @Test
  void everyInstructionHasTheBytesThatADisassemblerReads() throws IOException {
    List<String> lines = Instructions.all().stream().map(AssemblerTest::line).distinct().toList();
    List<String> golden = golden();
    // Kept for the case that the file has to be made anew.
    Path made = Path.of("target", GOLDEN);
    Files.createDirectories(made.toAbsolutePath().getParent());
    Files.write(made, lines);
    assertThat(lines).as("kept in %s", made.toAbsolutePath()).isEqualTo(golden);
  }

  private static String line(Instruction i) {
    Assembler a = new Assembler(i.width());
    i.call().accept(a);
    return i.text() + " : " + HEX.formatHex(a.toBytes());
  }

  private static List<String> golden() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(AssemblerTest.class.getResourceAsStream(GOLDEN), GOLDEN)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(l -> !l.startsWith("#"))
          .toList();
    }
  }

  /** An instruction that is missing in {@link Instructions} would be untested. */
  @Test
  void theListCoversEveryMethod() {
    long methods =
        List.of(Assembler.class.getMethods()).stream()
            .filter(m -> m.getDeclaringClass() == Assembler.class)
            .filter(m -> !NOT_LISTED.contains(m.getName()))
            .count();
    assertThat(methods).as("methods that assemble instructions of the list").isEqualTo(LISTED);
  }

  // Jumps are tested by their distances, here and by running them.
  private static final List<String> NOT_LISTED =
      List.of(
          "width",
          "toBytes",
          "pairOrder",
          "label",
          "place",
          "jump",
          "jumpIfZero",
          "jumpIfNotZero",
          "jumpIfAtLeast",
          "jumpIfLess",
          "countDown");

  // After a new method: first add it to the list, then count it here.
  private static final int LISTED = 50;

  @Test
  void codeLongerThanTheFirstBufferIsKept() {
    Assembler a = new Assembler(VectorWidth.ZMM);
    Assembler one = new Assembler(VectorWidth.ZMM);
    one.move(Reg.R9, 0x1122334455667788L);
    IntStream.range(0, 2000).forEach(i -> a.move(Reg.R9, 0x1122334455667788L));
    byte[] code = a.toBytes();
    assertThat(code).hasSize(2000 * one.toBytes().length);
    assertThat(HexFormat.of().formatHex(code))
        .isEqualTo(HexFormat.of().formatHex(one.toBytes()).repeat(2000));
  }

  @Test
  void jumpsStoreTheDistanceFromTheirEnd() {
    Assembler a = new Assembler(VectorWidth.YMM);
    Label back = a.label();
    Label on = a.label();
    a.place(back);
    a.jump(on);
    a.jumpIfZero(back);
    a.place(on);
    a.ret();
    // objdump: jmp 0xb; je 0x0; ret
    assertThat(HEX.formatHex(a.toBytes())).isEqualTo("e9 06 00 00 00 0f 84 f5 ff ff ff c3");
  }

  @ParameterizedTest
  @EnumSource
  void registersThatThereAreNotAreRefused(VectorWidth width) {
    Mem m = Reg.RAX.at(0);
    int none = width.registers();
    Assembler a = new Assembler(width);
    for (Runnable misuse :
        List.<Runnable>of(
            () -> a.load(none, m),
            () -> a.store(m, none),
            () -> a.add(none, 0, 0),
            () -> a.add(0, none, 0),
            () -> a.add(0, 0, none),
            () -> a.add(none, 0, m),
            () -> a.add(0, none, m),
            () -> a.zero(-1))) {
      assertThatThrownBy(misuse::run)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "there is no register " + (width == VectorWidth.ZMM ? "zmm" : "ymm"));
    }
    assertThat(a.toBytes()).isEmpty();
  }

  @Test
  void instructionsOfTheOtherWidthAreRefused() {
    Mem m = Reg.RAX.at(0);
    Assembler ymm = new Assembler(VectorWidth.YMM);
    Assembler zmm = new Assembler(VectorWidth.ZMM);
    for (Runnable misuse :
        List.<Runnable>of(
            () -> ymm.loadMasked(0, 1, m),
            () -> ymm.loadBf16(0, m),
            () -> ymm.loadBf16Masked(0, 1, m),
            () -> ymm.storeBf16(m, 0),
            () -> ymm.storeBf16Pairs(m, 0, 1, 2),
            () -> ymm.permuteWords(0, 1, 2),
            () -> ymm.addPairProducts(0, 1, 2),
            () -> zmm.loadSelected(0, 1, m),
            () -> zmm.spread(0, Reg.RAX))) {
      assertThatThrownBy(misuse::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("only encoded for");
    }
    assertThat(ymm.toBytes()).isEmpty();
    assertThat(zmm.toBytes()).isEmpty();
  }

  @Test
  void aJumpToALabelWithoutAPlaceIsRefused() {
    Assembler a = new Assembler(VectorWidth.YMM);
    a.jump(a.label());
    assertThatThrownBy(a::toBytes)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a label has no place");
  }

  @Test
  void aLabelHasOnePlace() {
    Assembler a = new Assembler(VectorWidth.YMM);
    Label label = a.label();
    a.place(label);
    assertThatThrownBy(() -> a.place(label)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void displacementsThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> Reg.RAX.at(1L << 31)).isInstanceOf(ArithmeticException.class);
    assertThatThrownBy(() -> Reg.RAX.at(0x7fffffff).plus(1))
        .isInstanceOf(ArithmeticException.class);
  }
}
