package dev.fovea.explanation;

import dev.fovea.api.Api;
import java.util.Optional;

/**
 * A box that somebody drew around an object.
 *
 * <pre>{@code
 * LabeledBox cat = new LabeledBox(Optional.of("cat"), new Box(10, 20, 110, 90), "cats.json, 7");
 * }</pre>
 *
 * @param label the object's class as whoever drew it calls it; empty if it has none
 * @param box in pixels of the upright picture
 * @param source where it was read, for messages
 */
@Api(Api.Status.EXPERIMENTAL)
public record LabeledBox(Optional<String> label, Box box, String source) {}
