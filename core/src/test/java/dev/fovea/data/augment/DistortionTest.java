package dev.fovea.data.augment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.data.image.Golden;
import dev.fovea.data.image.Image;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DistortionTest {
  private static final int SOURCES = 6;
  private static final Map<String, Distortion> NAMES =
      Map.ofEntries(
          Map.entry("ShearX", Distortion.SHEAR_X),
          Map.entry("ShearY", Distortion.SHEAR_Y),
          Map.entry("TranslateX", Distortion.TRANSLATE_X),
          Map.entry("TranslateY", Distortion.TRANSLATE_Y),
          Map.entry("Rotate", Distortion.ROTATE),
          Map.entry("Brightness", Distortion.BRIGHTNESS),
          Map.entry("Color", Distortion.COLOR),
          Map.entry("Contrast", Distortion.CONTRAST),
          Map.entry("Sharpness", Distortion.SHARPNESS),
          Map.entry("Posterize", Distortion.POSTERIZE),
          Map.entry("Solarize", Distortion.SOLARIZE),
          Map.entry("AutoContrast", Distortion.AUTO_CONTRAST),
          Map.entry("Equalize", Distortion.EQUALIZE));

  /** No tolerance: the arithmetic is Pillow's, in the same number formats. */
  @Test
  void everyOperationEqualsTorchvisionsByteForByte() throws IOException {
    DataInputStream data =
        new DataInputStream(new ByteArrayInputStream(Golden.bytes("augment.bin")));
    List<Image> sources = new ArrayList<>();
    for (int i = 0; i < SOURCES; i++) {
      sources.add(Golden.next(data));
    }
    Set<String> seen = new HashSet<>();
    String names = new String(Golden.bytes("augment.txt"), StandardCharsets.UTF_8);
    for (String line : names.lines().toList()) {
      String[] part = line.split(" ");
      double value = Double.parseDouble(part[1]);
      Image in = sources.get(Integer.parseInt(part[2]));
      byte[] before = in.rgb().clone();
      Distortion d = NAMES.get(part[0]);
      Image out = d == null ? Chroma.hue(in, value) : d.apply(in, value);
      assertThat(out.rgb()).as(line).isEqualTo(Golden.next(data).rgb());
      assertThat(in.rgb()).as("source of " + line).isEqualTo(before);
      seen.add(part[0]);
    }
    assertThat(seen).hasSize(NAMES.size() + 1);
    assertThat(data.read()).isEqualTo(-1);
  }
}
