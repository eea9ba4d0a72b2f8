package dev.fovea.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pickles that want to run something, or to cost much: each is refused by name. */
class MaliciousPickleTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path folder;

  private static Pickle p() {
    return new Pickle();
  }

  static Stream<Arguments> attacks() {
    byte[] command = "echo pwned".getBytes(StandardCharsets.US_ASCII);
    return Stream.of(
        attack("GLOBAL", p().global("os", "system").text("id").op(0x85, 'R'), "'os.system'"),
        attack("GLOBAL of builtins", p().global("builtins", "eval"), "'builtins.eval'"),
        attack("GLOBAL of another name of torch", p().global("torch", "load"), "'torch.load'"),
        attack(
            "GLOBAL of the code behind storages",
            p().global("torch.storage", "_load_from_bytes"),
            "'torch.storage._load_from_bytes'"),
        attack(
            "GLOBAL with dots",
            p().global("collections", "OrderedDict.__class__"),
            "OrderedDict.__class__'"),
        attack(
            "GLOBAL with a very long name", p().global("a".repeat(100_000), "b"), "256 characters"),
        attack("STACK_GLOBAL", p().text("posix").text("system").op(0x93), "'posix.system'"),
        attack("STACK_GLOBAL of no strings", p().op('N', 'N', 0x93), "without two strings"),
        attack(
            "INST",
            p().op('(', 'i').raw("os\nsystem\n".getBytes(StandardCharsets.US_ASCII)),
            "'os.system'"),
        attack("OBJ", p().op('(').global("os", "system").text("id").op('o'), "'os.system'"),
        attack("OBJ of nothing", p().op('(', 'o'), "OBJ without a class"),
        attack("NEWOBJ", p().global("os", "system").text("id").op(0x85, 0x81), "'os.system'"),
        attack("NEWOBJ_EX", p().global("os", "system").op(')', '}', 0x92), "'os.system'"),
        attack(
            "NEWOBJ of a type of storage",
            p().global("torch", "FloatStorage").op(')', 0x81),
            "torch.FloatStorage"),
        attack("EXT1", p().op(0x82, 1), "EXT1 (0x82)"),
        attack("EXT2", p().op(0x83, 1, 0), "EXT2 (0x83)"),
        attack("EXT4", p().op(0x84, 1, 0, 0, 0), "EXT4 (0x84)"),
        attack(
            "PERSID",
            p().op('P').raw("storage\n".getBytes(StandardCharsets.US_ASCII)),
            "PERSID (0x50)"),
        attack(
            "BINBYTES with a nested pickle",
            p().op('B').raw(Pickle.little(4, command.length)).raw(command),
            "'bytes'"),
        attack("BINBYTES of 4 GiB", p().op('B').raw(Pickle.little(4, -1)), "4294967295 bytes"),
        attack(
            "BINBYTES8 of 2^63",
            p().op(0x8e).raw(Pickle.little(8, Long.MIN_VALUE)),
            "9223372036854775808 bytes"),
        attack("BYTEARRAY8 of 2^62", p().op(0x96).raw(Pickle.little(8, 1L << 62)), "bytes where"),
        attack("NEXT_BUFFER", p().op(0x97), "NEXT_BUFFER (0x97)"),
        attack("ADDITEMS to a dict", p().op('}', '(', 'N', 0x90), "not a set"),
        attack("an unknown operation", p().op(0xff), "unknown (0xff)"),
        attack(
            "BUILD of a function's attributes",
            p().global("collections", "OrderedDict").op('}', 'b'),
            "BUILD"),
        attack(
            "BUILD of a dict's class", dict().op('}').text("__class__").op('N', 's', 'b'), "BUILD"),
        attack("BUILD of slots", dict().op('N', '}', 0x86, 'b'), "BUILD"),
        attack("REDUCE of a string", p().text("os.system").op(')', 'R'), "not a function"),
        attack(
            "REDUCE of a type of storage",
            p().global("torch", "FloatStorage").op(')', 'R'),
            "torch.FloatStorage"),
        attack(
            "REDUCE of OrderedDict with arguments",
            p().global("collections", "OrderedDict").op('K', 1, 0x85, 'R'),
            "with arguments"),
        attack(
            "REDUCE without a tuple",
            p().global("collections", "OrderedDict").op('N', 'R'),
            "tuple"),
        attack(
            "a tensor of nothing",
            p().global("torch._utils", "_rebuild_tensor_v2").op(')', 'R'),
            "the wrong number or kind"),
        attack(
            "a parameter of a number",
            p().global("torch._utils", "_rebuild_parameter").op('K', 1, 0x89, '}', 0x87, 'R'),
            "the wrong number or kind"));
  }

  static Stream<Arguments> lies() {
    long[] two = {2};
    long[] one = {1};
    long huge = Long.MAX_VALUE / 2;
    return Stream.of(
        attack(
            "a persistent id of a module",
            p().op('(').text("module").op('N', 'N', 'N', 't', 'Q'),
            "persistent id"),
        attack("a persistent id that is a string", p().text("storage").op('Q'), "not a tuple"),
        attack(
            "a persistent id with a function for a type",
            p().op('(')
                .text("storage")
                .global("collections", "OrderedDict")
                .text("0")
                .text("cpu")
                .op('K', 2, 't', 'Q'),
            "persistent id"),
        attack(
            "a storage larger than the file",
            p().op('}').text("w").vector("FloatStorage", "0", 1L << 40).op('s'),
            "more than the file"),
        attack(
            "a storage of negative size",
            p().op('}').text("w").vector("FloatStorage", "0", -1).op('s'),
            "-1 elements"),
        attack(
            "two sizes of one storage",
            p().op(']', '(').vector("FloatStorage", "0", 2).vector("FloatStorage", "0", 1).op('e'),
            "differ"),
        attack(
            "two types of one storage",
            p().op(']', '(').vector("FloatStorage", "0", 2).vector("IntStorage", "0", 2).op('e'),
            "differ"),
        attack(
            "a storage that is not there",
            p().op('}').text("w").vector("FloatStorage", "../0", 2).op('s'),
            "'../0' is missing"),
        attack(
            "a storage of another size",
            p().op('}').text("w").vector("FloatStorage", "0", 3).op('s'),
            "its description says 12"),
        attack(
            "an offset beyond the storage",
            p().tensor("FloatStorage", "0", 2, 1, two, one),
            "reaches from element 1 to 2"),
        attack(
            "a negative offset",
            p().tensor("FloatStorage", "0", 2, -1, two, one),
            "reaches from element -1"),
        attack(
            "a negative size",
            p().tensor("FloatStorage", "0", 2, 0, new long[] {-2}, one),
            "sizes [-2]"),
        attack(
            "a negative stride",
            p().tensor("FloatStorage", "0", 2, 1, two, new long[] {-1}),
            "strides [-1]"),
        attack(
            "a size that overflows",
            p().tensor("FloatStorage", "0", 2, 0, new long[] {huge, huge}, new long[] {0, 0}),
            "larger than any file"),
        attack(
            "a stride that overflows",
            p().tensor("FloatStorage", "0", 2, 0, two, new long[] {Long.MAX_VALUE}),
            "reaches from element 0"),
        attack(
            "an offset that overflows",
            p().tensor("FloatStorage", "0", 2, Long.MAX_VALUE, two, one),
            "larger than any file"),
        attack(
            "one number expanded to 2^40",
            p().tensor("FloatStorage", "0", 2, 0, new long[] {1L << 40}, new long[] {0}),
            "elements; the limit"),
        attack(
            "more sizes than strides",
            p().tensor("FloatStorage", "0", 2, 0, new long[] {1, 2}, one),
            "2 sizes and 1 strides"),
        attack(
            "nine dimensions",
            p().tensor("FloatStorage", "0", 2, 0, new long[9], new long[9]),
            "at most 8"));
  }

  static Stream<Arguments> bombs() {
    Pickle memo = p().op('N');
    for (int i = 0; i < 1 << 20; i++) {
      memo.op('r').raw(Pickle.little(4, i));
    }
    Pickle lists = p();
    Pickle marks = p();
    for (int i = 0; i < 1 << 17; i++) {
      lists.op(']');
      marks.op('(');
    }
    Pickle deep = p();
    for (int i = 0; i < 30_000; i++) {
      deep.op(']');
    }
    for (int i = 1; i < 30_000; i++) {
      deep.op('a');
    }
    return Stream.of(
        attack(
            "LONG4 of 2 GiB",
            p().op(0x8b).raw(Pickle.little(4, 0x7fffffff)),
            "an item of 2147483647 bytes"),
        attack(
            "LONG4 of a negative length",
            p().op(0x8b).raw(Pickle.little(4, -1)),
            "an item of 4294967295 bytes"),
        attack(
            "LONG1 of 255 bytes",
            p().op(0x8a, 255).raw(new byte[255]),
            "no dictionary of tensors but a number"),
        attack(
            "LONG4 of a MiB",
            p().op(0x8b).raw(Pickle.little(4, 1 << 20)).raw(new byte[1 << 20]),
            "'int'"),
        attack(
            "BINUNICODE of 4 GiB",
            p().op('X').raw(Pickle.little(4, -1)),
            "an item of 4294967295 bytes"),
        attack(
            "BINUNICODE8 of 2^63",
            p().op(0x8d).raw(Pickle.little(8, Long.MIN_VALUE)),
            "9223372036854775808 bytes"),
        attack("a string of 2 MiB", p().text("x".repeat(1 << 21)), "the limit is 1048576"),
        attack("a frame of 2^62", p().op(0x95).raw(Pickle.little(8, 1L << 62)), "frame"),
        attack("a memo of a million", memo, "more than 1048576 pickle operations"),
        attack("a stack of lists", lists, "values on the pickle's stack"),
        attack("marks within marks", marks, "nested collections"),
        attack("lists in lists in lists", deep, "no dictionary of tensors"),
        attack(
            "a list that holds itself",
            p().op(']', 'q', 0, 'h', 0, 'a'),
            "no dictionary of tensors"),
        attack(
            "a dict that holds itself",
            p().op('}', 'q', 0).text("state_dict").op('h', 0, 's'),
            "no tensors"),
        attack("a memo that holds nothing", p().op('h', 7), "entry 7 of the memo"),
        attack("an empty stack", p().op('a'), "empty stack"),
        attack("values below a mark", p().op(']', '(', 'K', 1, 'K', 2, 0x87), "empty stack"),
        attack("an end without a beginning", p().op('t'), "without having started"),
        attack("a protocol of the future", p().op(0x80, 6), "protocol 6"),
        attack("a key without a value", p().op('}', '(').text("a").op('u'), "no value"),
        attack(
            "a key twice", p().op('}', '(').text("a").op('N').text("a").op('N', 'u'), "'a' twice"),
        attack("a tuple for a key", p().op('}', ')', 'N', 's'), "no tensors"),
        attack("two values at the end", p().op('N', 'N'), "ends with 2 values"),
        attack("no value at the end", p(), "ends with 0 values"),
        attack("bytes after the end", p().op('}').op('.').op('N'), "follow the end"),
        attack("no UTF-8", p().op('X', 1, 0, 0, 0, 0xff), "not UTF-8"));
  }

  /** What is refused as the weights does no harm beside them: it is never made. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("beside")
  void besideTheWeightsItIsPassedOver(String name, byte[] payload, String said) throws IOException {
    byte[] pickle =
        p().op('}')
            .text("state_dict")
            .op('}')
            .text("w")
            .vector("FloatStorage", "0", 2)
            .op('s', 's')
            .text("other")
            .raw(payload)
            .op('s')
            .stop();
    Path zip = Files.write(folder.resolve("ok.pt"), Zip.of(pickle, Pickle.floats(1, 2)).bytes());
    try (ForeignFile file = ForeignFile.open(zip)) {
      assertThat(file.tensors().keySet()).containsExactly("w");
      assertThat(file.tensor("w").floats()).containsExactly(1, 2);
      assertThat(file.notes())
          .containsExactly("loaded: 'state_dict' (1 tensor); ignored: 'other'" + said);
    }
  }

  static Stream<Arguments> beside() {
    byte[] text = "posix\nsystem\n".getBytes(StandardCharsets.US_ASCII);
    return Stream.of(
        beside("REDUCE", bare().global("posix", "system").text("id").op(0x85, 'R'), "call"),
        beside("NEWOBJ", bare().global("posix", "system").text("id").op(0x85, 0x81), ""),
        beside("NEWOBJ_EX", bare().global("posix", "system").op(')', '}', 0x92), ""),
        beside("OBJ", bare().op('(').global("posix", "system").text("id").op('o'), ""),
        beside("INST", bare().op('(').text("id").op('i').raw(text), ""),
        beside(
            "BUILD, SETITEMS and APPENDS",
            bare()
                .global("posix", "system")
                .op(')', 0x81)
                .op('(')
                .text("a")
                .op('N', 'u', '(', 'N', 'e', 'N', 'b'),
            ""),
        beside(
            "a call of what a call gave",
            bare().global("posix", "system").op(')', 'R', '0').global("posix", "system"),
            "name"));
  }

  private static Pickle bare() {
    return new Pickle(new byte[0]);
  }

  private static Arguments beside(String name, Pickle payload, String how) {
    String said =
        switch (how) {
          case "call" -> " (posix.system, not called)";
          case "name" -> "";
          default -> " (posix.system)";
        };
    return Arguments.of(name, payload.bytes(), said);
  }

  @Test
  void aCallOfTheResultOfACallIsRefused() throws IOException {
    byte[] pickle = p().global("os", "system").op(')', 'R', ')', 'R').stop();
    Path zip = Files.write(folder.resolve("bad.pt"), Zip.of(pickle).bytes());
    assertThatThrownBy(() -> ForeignFile.open(zip)).hasMessageContaining("not a function");
  }

  @Test
  void aDictionaryThatHoldsItselfManyTimesCostsNoTime() throws IOException {
    Pickle self = p().op('}', 'q', 0, '(');
    for (int i = 0; i < 1000; i++) {
      self.text("key" + i).op('h', 0);
    }
    Path zip = Files.write(folder.resolve("bad.pt"), Zip.of(self.op('u').stop()).bytes());
    assertTimeoutPreemptively(
        SOON,
        () -> assertThatThrownBy(() -> ForeignFile.open(zip)).hasMessageContaining("no tensors"));
  }

  private static Pickle dict() {
    return p().global("collections", "OrderedDict").op(')', 'R');
  }

  private static Arguments attack(String name, Pickle pickle, String message) {
    return Arguments.of(name, pickle.stop(), message);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"attacks", "lies", "bombs"})
  void isRefusedByNameInBothForms(String name, byte[] pickle, String message) throws IOException {
    Path zip = Files.write(folder.resolve("bad.pt"), Zip.of(pickle, Pickle.floats(1, 2)).bytes());
    assertTimeoutPreemptively(
        SOON,
        () ->
            assertThatThrownBy(() -> ForeignFile.open(zip))
                .as(name)
                .isExactlyInstanceOf(InteropException.class)
                .hasMessageContaining("bad.pt: ")
                .hasMessageContaining(message));
    Legacy legacy = new Legacy();
    legacy.object = pickle;
    Path stream = Files.write(folder.resolve("bad.th"), legacy.bytes());
    assertTimeoutPreemptively(
        SOON,
        () ->
            assertThatThrownBy(() -> ForeignFile.open(stream))
                .as(name)
                .isExactlyInstanceOf(InteropException.class)
                .hasMessageContaining("bad.th: "));
  }

  @Test
  void theHarmlessNeighbourOfAllTheseIsRead() throws IOException {
    Path zip = Files.write(folder.resolve("good.pt"), Zip.oneVector().bytes());
    try (ForeignFile file = ForeignFile.open(zip)) {
      assertThat(file.tensor("w").floats()).containsExactly(1, 2);
    }
    Path stream = Files.write(folder.resolve("good.th"), new Legacy().bytes());
    try (ForeignFile file = ForeignFile.open(stream)) {
      assertThat(file.tensor("w").floats()).containsExactly(1, 2);
    }
  }

  @Test
  void controlCharactersOfAFileDoNotReachTheMessage() throws IOException {
    byte[] pickle = p().global("os\u001b[31m", "sys\u202etem").op(')', 'R').stop();
    Path zip = Files.write(folder.resolve("bad.pt"), Zip.of(pickle).bytes());
    assertThatThrownBy(() -> ForeignFile.open(zip))
        .hasMessageContaining("'os?[31m.sys")
        .message()
        .matches(m -> m.chars().noneMatch(c -> c < 32 || c == 0x202e));
  }
}
