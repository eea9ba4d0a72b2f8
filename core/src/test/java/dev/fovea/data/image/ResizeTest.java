package dev.fovea.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResizeTest {
  @Test
  void everyFilterEqualsPillowByteForByte() throws IOException {
    Image source = Golden.image("source.rgb");
    List<String> cases =
        new String(Golden.bytes("resize.txt"), StandardCharsets.UTF_8).lines().toList();
    assertThat(cases).hasSize(45);
    try (DataInputStream in =
        new DataInputStream(new ByteArrayInputStream(Golden.bytes("resize.bin")))) {
      for (String line : cases) {
        String[] p = line.split(" ");
        int[] n = new int[7];
        for (int i = 1; i < 7; i++) {
          n[i] = Integer.parseInt(p[i]);
        }
        Image expected = Golden.next(in);

        Image got =
            Resize.region(
                source,
                new Resize.Box(n[1], n[2], n[3], n[4]),
                n[5],
                n[6],
                Interpolation.parse(p[0]));

        assertThat(got.rgb()).as(line).isEqualTo(expected.rgb());
      }
    }
  }

  @Test
  void aWindowIsThatPartOfTheWhole() throws IOException {
    Image source = Golden.image("source.rgb");
    Resize.Box all = Resize.Box.of(source);
    for (Interpolation filter : Interpolation.values()) {
      for (int[] size : new int[][] {{30, 22}, {53, 22}, {30, 41}, {53, 41}, {90, 80}}) {
        Image whole = Resize.to(source, size[0], size[1], filter);

        Image part =
            Resize.window(source, all, size[0], size[1], new Resize.Box(4, 5, 20, 9), filter);

        assertThat(part.rgb()).as("%s %s", filter, size).isEqualTo(whole.crop(4, 5, 20, 9).rgb());
      }
    }
  }

  @Test
  void theShorterSideRulesAndTheLongerIsRoundedDown() throws IOException {
    Image source = Golden.image("source.rgb");

    Image out = Resize.shorterSide(source, 32, Interpolation.BILINEAR);

    assertThat(out.height()).isEqualTo(32);
    assertThat(out.width()).isEqualTo(32 * 53 / 41);
  }

  @Test
  void anImageTooLongAndNarrowSaysSo() {
    Image strip = Image.black(200_000, 1);

    assertThatThrownBy(() -> Resize.shorterSide(strip, 256, Interpolation.BILINEAR))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("200000x1")
        .hasMessageContaining("cut the image");
  }
}
