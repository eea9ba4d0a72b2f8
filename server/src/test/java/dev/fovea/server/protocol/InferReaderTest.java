package dev.fovea.server.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.fovea.server.protocol.InferCall.Item;
import dev.fovea.server.protocol.InferCall.Wanted;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InferReaderTest {
  private static final ModelSignature MODEL =
      new ModelSignature("m", "1", "tiny", 1, 2, 2, List.of("a", "b", "c"));
  private static final InferLimits LIMITS = new InferLimits(4, 100);

  private static InferCall read(String json) {
    return InferReader.read(json.getBytes(UTF_8), OptionalInt.empty(), MODEL, LIMITS);
  }

  private static InferCall binary(String json, byte[] tail) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(json.getBytes(UTF_8));
    int length = body.size();
    body.writeBytes(tail);
    return InferReader.read(body.toByteArray(), OptionalInt.of(length), MODEL, LIMITS);
  }

  /** The input's fields, quoted by ' for reading. */
  private static String input(String fields) {
    return ("{'inputs':[{'name':'input'," + fields + "}]}").replace('\'', '"');
  }

  private static float[] values(InferCall call, int image) {
    return ((Item.Normalized) call.images().get(image)).values();
  }

  @Test
  void dataIsFlatOrNestedAsTheShapeSays() {
    String flat = input("'datatype':'FP32','shape':[2,1,2,2],'data':[1,2,3,4,5,6,7,8.5]");
    String nested =
        input("'datatype':'FP32','shape':[2,1,2,2],'data':[[[[1,2],[3,4]]],[[[5,6],[7,8.5]]]]");
    for (String json : List.of(flat, nested)) {
      InferCall call = read(json);
      assertThat(values(call, 0)).containsExactly(1, 2, 3, 4);
      assertThat(values(call, 1)).containsExactly(5, 6, 7, 8.5f);
    }
  }

  @Test
  void dataMayComeBeforeWhatSaysHowToReadIt() {
    InferCall call = read(input("'data':[1e-3,-2,3,4],'shape':[1,1,2,2],'datatype':'FP32'"));
    assertThat(values(call, 0)).containsExactly(1e-3f, -2, 3, 4);
  }

  @Test
  void binaryTensorsAreLittleEndian() {
    ByteBuffer tail = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : new float[] {1.5f, -2, Float.MIN_VALUE, 4}) {
      tail.putFloat(value);
    }
    InferCall call =
        binary(
            input("'datatype':'FP32','shape':[1,1,2,2],'parameters':{'binary_data_size':16}"),
            tail.array());
    assertThat(values(call, 0)).containsExactly(1.5f, -2, Float.MIN_VALUE, 4);
  }

  @Test
  void imagesAreBytesWithTheirLengthOrBase64() {
    byte[] tail = {3, 0, 0, 0, 7, 8, 9, 0, 0, 0, 0};
    InferCall call =
        binary(
            input("'datatype':'BYTES','shape':[2,1],'parameters':{'binary_data_size':11}"), tail);
    assertThat(((Item.Encoded) call.images().get(0)).file()).containsExactly(7, 8, 9);
    assertThat(((Item.Encoded) call.images().get(1)).file()).isEmpty();

    byte[] file = {(byte) 0xfb, (byte) 0xff, 0, 1};
    String plain = Base64.getEncoder().encodeToString(file);
    String url = Base64.getUrlEncoder().encodeToString(file);
    InferCall json =
        read(
            input(
                "'datatype':'BYTES','shape':[4],'data':['"
                    + plain
                    + "',{'b64':'"
                    + plain
                    + "'},'"
                    + url
                    + "','data:image/png;base64,"
                    + plain
                    + "']"));
    assertThat(json.images())
        .hasSize(4)
        .allSatisfy(image -> assertThat(((Item.Encoded) image).file()).isEqualTo(file));
  }

  @Test
  void pixelsAreRowsOfRedGreenBlueOfAnySize() {
    InferCall call =
        read(input("'datatype':'UINT8','shape':[1,1,2,3],'data':[[[[0,127,255],[1,2,3]]]]"));
    Item.Pixels pixels = (Item.Pixels) call.images().get(0);
    assertThat(pixels.height()).isEqualTo(1);
    assertThat(pixels.width()).isEqualTo(2);
    assertThat(pixels.rgb()).containsExactly(0, 127, 255, 1, 2, 3);
  }

  @Test
  void withoutOutputsTheProbabilitiesAreAnswered() {
    String data = "'datatype':'FP32','shape':[1,1,2,2],'data':[1,2,3,4]";
    assertThat(read(input(data)).outputs()).containsExactly(new Wanted("probabilities", false, 0));
    String binary =
        input(data).replace("{\"inputs", "{\"parameters\":{\"binary_data_output\":true},\"inputs");
    assertThat(read(binary).outputs()).containsExactly(new Wanted("probabilities", true, 0));
  }

  @Test
  void outputsIdAndTimeoutAreRead() {
    InferCall call =
        read(
            ("{'id':'7','parameters':{'timeout':2000,'priority':1},'outputs':["
                    + "{'name':'logits','parameters':{'binary_data':true}},"
                    + "{'name':'probabilities','parameters':{'classification':9}}],"
                    + "'inputs':[{'name':'input','datatype':'FP32','shape':[1,1,2,2],"
                    + "'data':[1,2,3,4]}]}")
                .replace('\'', '"'));
    assertThat(call.id()).contains("7");
    assertThat(call.timeout()).contains(Duration.ofMillis(2));
    assertThat(call.outputs())
        .containsExactly(new Wanted("logits", true, 0), new Wanted("probabilities", false, 3));
  }

  private static Arguments bad(String json, String... words) {
    return Arguments.of(json, List.of(words));
  }

  static Stream<Arguments> badRequests() {
    String fp32 = "'datatype':'FP32',";
    return Stream.of(
        bad("", "empty"),
        bad("[]", "the body is an array", "an object"),
        bad("{", "not valid JSON"),
        bad("{} x", "not valid JSON"),
        bad("{}{}", "text after"),
        bad("{'a':1,'a':2}", "Duplicate"),
        bad("{'inputs':[],'inputs':[]}", "inputs is empty"),
        bad("{}", "inputs is missing"),
        bad("{'inputs':{}}", "inputs is an object"),
        bad("{'inputs':[1]}", "inputs[0] is a number"),
        bad("{'id':7,'inputs':[]}", "id is a number", "a string"),
        bad("{'parameters':{'timeout':-1}}", "parameters.timeout is -1"),
        bad("{'parameters':{'timeout':1e308}}", "parameters.timeout is 1e308"),
        bad("{'parameters':{'timeout':'5'}}", "parameters.timeout is a string"),
        bad("{'parameters':{'sequence_id':5}}", "parameters.sequence_id", "no state"),
        bad("{'a':" + "[".repeat(1000) + "}", "beyond the limits", "depth"),
        bad("{'a':" + "1".repeat(5000) + "}", "beyond the limits", "length"),
        bad("{'" + "n".repeat(100_000) + "':1}", "beyond the limits", "ength"),
        bad("{'outputs':[{}]}", "outputs[0].name is missing"),
        bad("{'outputs':[{'name':'x'}]}", "outputs[0].name is 'x'", "logits"),
        bad(
            "{'outputs':[{'name':'logits'},{'name':'logits'}]}",
            "outputs[1].name is logits a second time"),
        bad(
            "{'outputs':[{'name':'logits','parameters':{'classification':-1}}]}",
            "outputs[0].parameters.classification is -1"),
        bad(
            "{'outputs':[{'name':'logits','parameters':{'shared_memory_region':'r'}}]}",
            "outputs[0].parameters.shared_memory_region"),
        bad(input("'shape':[1],'data':[]"), "inputs[0].datatype is missing"),
        bad(input(fp32 + "'data':[]"), "inputs[0].shape is missing"),
        bad(input(fp32 + "'shape':[1,1,2,2]"), "inputs[0] has neither data nor"),
        bad(input(fp32 + "'shape':7,'data':[]"), "inputs[0].shape is a number"),
        bad(input(fp32 + "'shape':[0,1,2,2],'data':[]"), "inputs[0].shape[0] is 0"),
        bad(input(fp32 + "'shape':[-1,1,2,2],'data':[]"), "inputs[0].shape[0] is -1"),
        bad(input(fp32 + "'shape':[1.5,1,2,2],'data':[]"), "inputs[0].shape[0] is 1.5"),
        bad(input(fp32 + "'shape':[1e300,1,2,2],'data':[]"), "inputs[0].shape[0] is 1e300"),
        bad(
            input(fp32 + "'shape':[9223372036854775807,2,2,2],'data':[]"),
            "inputs[0].shape[0] is 9223372036854775807"),
        bad(
            input(fp32 + "'shape':[" + "1,".repeat(50) + "1],'data':[]"),
            "inputs[0].shape has more than 8"),
        bad(
            input(fp32 + "'shape':[1,3,2,2],'data':[]"),
            "inputs[0].shape is [1, 3, 2, 2]",
            "1,2,2"),
        bad(input(fp32 + "'shape':[4],'data':[]"), "inputs[0].shape is [4]"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':[1,2,3]"), "inputs[0].data has only 3"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':[1,2,3,4,5]"), "inputs[0].data has more than 4"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':[[1,2],[3,4]]"), "inputs[0].data[0]"),
        bad(
            input(fp32 + "'shape':[1,1,2,2],'data':[[[[1,2],[3]]]]"),
            "inputs[0].data[0][0][1] does not have 2"),
        bad(
            input(fp32 + "'shape':[1,1,2,2],'data':[[[[1,2],[3,4],[5,6]]]]"),
            "inputs[0].data[0][0] does not have 2"),
        bad(
            input(fp32 + "'shape':[1,1,2,2],'data':[[[[1,2],[3,[4]]]]]"),
            "inputs[0].data[0][0][1] is an array"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':[1,'2',3,4]"), "inputs[0].data[1] is a string"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':[1,null,3,4]"), "inputs[0].data[1] is null"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':[1,true,3,4]"), "inputs[0].data[1] is true"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':[1,NaN,3,4]"), "not valid JSON", "NaN"),
        bad(
            input(fp32 + "'shape':[1,1,2,2],'data':[1,1e308,3,4]"),
            "inputs[0].data[1] is 1e308",
            "FP32"),
        bad(input(fp32 + "'shape':[1,1,2,2],'data':'x'"), "inputs[0].data is a string"),
        bad(input("'datatype':'FP16','shape':[1,1,2,2],'data':[]"), "inputs[0].datatype is 'FP16'"),
        bad(
            input("'datatype':'UINT8','shape':[1,2,2,1],'data':[]"),
            "inputs[0].shape is [1, 2, 2, 1]"),
        bad(
            input("'datatype':'UINT8','shape':[1,1,1,3],'data':[0,256,0]"),
            "inputs[0].data[1] is 256"),
        bad(
            input("'datatype':'UINT8','shape':[1,1,1,3],'data':[0,0.5,0]"),
            "inputs[0].data[1] is 0.5"),
        bad(
            input("'datatype':'UINT8','shape':[1,1099511627776,1099511627776,3],'data':[]"),
            "inputs[0].shape is",
            "100 pixels"),
        bad(input("'datatype':'UINT8','shape':[4,10,10,3],'data':[1]"), "needs 1200 numbers"),
        bad(input("'datatype':'BYTES','shape':[1,2],'data':['','']"), "inputs[0].shape is [1, 2]"),
        bad(input("'datatype':'BYTES','shape':[1],'data':['***!']"), "inputs[0].data[0]"),
        bad(
            input("'datatype':'BYTES','shape':[1],'data':[['aa']]"),
            "inputs[0].data[0] is an array"),
        bad(
            input("'datatype':'BYTES','shape':[1],'data':[{'path':'/etc/passwd'}]"),
            "expected only b64"),
        bad(
            input("'datatype':'BYTES','shape':[1],'data':[{}]"),
            "inputs[0].data[0].b64 is missing"),
        bad(
            input("'datatype':'BYTES','shape':[1],'parameters':{'shared_memory_region':'r'}"),
            "inputs[0].parameters.shared_memory_region"),
        bad(
            input("'datatype':'BYTES','shape':[1],'parameters':{'binary_data_size':4}"),
            "binary_data_size is 4, but 0 bytes"),
        bad(
            "{'inputs':[{'name':'x','datatype':'FP32','shape':[1,1,2,2],'data':[1,2,3,4]}]}",
            "inputs[0].name is 'x'"),
        bad(
            "{'inputs':[{'name':'input','datatype':'FP32','shape':[1],'data':[]},{}]}",
            "more than one tensor"));
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  void aBadRequestIsRefusedInOneLineThatNamesTheField(String json, List<String> words) {
    ProtocolException e =
        catchThrowableOfType(ProtocolException.class, () -> read(json.replace('\'', '"')));
    assertThat(e).isNotNull();
    assertThat(e.status()).isEqualTo(400);
    assertThat(e.line()).doesNotContain("\n").contains(words);
    assertThat(e.line().length()).isLessThan(400);
  }

  @Test
  void moreImagesThanARequestMayHoldAreTooLarge() {
    ProtocolException e =
        catchThrowableOfType(
            ProtocolException.class,
            () -> read(input("'datatype':'FP32','shape':[5,1,2,2],'data':[1]")));
    assertThat(e.status()).isEqualTo(413);
    assertThat(e.line()).contains("inputs[0].shape", "4 images");
  }

  static Stream<Arguments> lies() {
    String fp32 = "'datatype':'FP32','shape':[1,1,2,2],'parameters':{'binary_data_size':";
    String bytes = "'datatype':'BYTES','shape':[2],'parameters':{'binary_data_size':";
    return Stream.of(
        Arguments.of(input(fp32 + "16}"), new byte[15], "binary_data_size is 16, but 15"),
        Arguments.of(input(fp32 + "16}"), new byte[17], "binary_data_size is 16, but 17"),
        Arguments.of(input(fp32 + "8}"), new byte[8], "needs 16 bytes"),
        Arguments.of(input(fp32 + "16},'data':[1]"), new byte[16], "both data and"),
        Arguments.of(
            input("'datatype':'FP32','shape':[1,1,2,2],'data':[1,2,3,4]"),
            new byte[4],
            "4 bytes follow the JSON"),
        Arguments.of(
            input(fp32 + "16}"),
            new byte[] {0, 0, (byte) 0xc0, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
            "inputs[0].data[0] is NaN"),
        Arguments.of(input(bytes + "3}"), new byte[3], "ends before element 0"),
        Arguments.of(input(bytes + "4}"), new byte[4], "ends before element 1"),
        Arguments.of(
            input(bytes + "4}"), new byte[] {-1, -1, -1, -1}, "data[0] says 4294967295 bytes"),
        Arguments.of(input(bytes + "9}"), new byte[9], "1 bytes after"));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void sizesOfBinaryTensorsThatAreNotTrueAreRefused(String json, byte[] tail, String words) {
    ProtocolException e = catchThrowableOfType(ProtocolException.class, () -> binary(json, tail));
    assertThat(e.status()).isEqualTo(400);
    assertThat(e.line()).contains(words);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void aLengthOfTheJsonOutsideOfTheBodyIsRefused(int length) {
    ProtocolException e =
        catchThrowableOfType(
            ProtocolException.class,
            () -> InferReader.read(new byte[10], OptionalInt.of(length), MODEL, LIMITS));
    assertThat(e.status()).isEqualTo(400);
  }

  static Stream<Integer> lengths() {
    return Stream.of(-1, 0, 11, Integer.MAX_VALUE, Integer.MIN_VALUE);
  }

  @Test
  void otherEncodingsThanUtf8AreRefused() {
    String json = input("'datatype':'FP32','shape':[1,1,2,2],'data':[1,2,3,4]");
    for (var encoding : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
      ProtocolException e =
          catchThrowableOfType(
              ProtocolException.class,
              () -> InferReader.read(json.getBytes(encoding), OptionalInt.empty(), MODEL, LIMITS));
      assertThat(e.status()).isEqualTo(400);
    }
  }
}
