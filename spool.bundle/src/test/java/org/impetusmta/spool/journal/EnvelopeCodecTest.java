package org.impetusmta.spool.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.impetusmta.api.message.Address;
import org.impetusmta.api.message.MessageId;
import org.impetusmta.api.spool.Envelope;
import org.impetusmta.api.spool.Spool.AttemptState;
import org.impetusmta.api.spool.SpoolException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any envelope comes back as it was; anything else is refused, never misread into a crash. */
class EnvelopeCodecTest {
  private final EnvelopeCodec codec = new EnvelopeCodec();

  private static String text(Random random) {
    int length = random.nextInt(4) == 0 ? 0 : random.nextInt(300);
    int range = random.nextBoolean() ? 0x100 : 0x10000;
    char[] chars = new char[length];
    for (int i = 0; i < length; i++) {
      chars[i] = (char) random.nextInt(range);
    }
    return new String(chars);
  }

  private static Map<String, String> dictionary(Random random) {
    Map<String, String> dictionary = new LinkedHashMap<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      dictionary.put(text(random), text(random));
    }
    return dictionary;
  }

  private static Envelope envelope(Random random) {
    return new Envelope(
        new MessageId(random.nextLong()),
        new MessageId(random.nextLong()),
        MessageId.NONE,
        random.nextBoolean() ? Address.NULL : new Address(text(random), text(random)),
        new Address(text(random), text(random)),
        random.nextLong(),
        text(random),
        text(random),
        random.nextBoolean(),
        random.nextBoolean(),
        text(random),
        text(random),
        dictionary(random),
        dictionary(random));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void comesBackAsItWas(long seed) throws SpoolException {
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      Envelope envelope = envelope(random);
      AttemptState state = new AttemptState(random.nextInt(), random.nextLong(), text(random));
      MetaBuffer out = new MetaBuffer(1);
      EnvelopeCodec.put(out, state);
      EnvelopeCodec.put(out, envelope);
      ByteBuffer in = ByteBuffer.wrap(out.array(), 0, out.length());
      assertThat(codec.state(in)).isEqualTo(state);
      assertThat(codec.envelope(in)).isEqualTo(envelope);
      assertThat(in.hasRemaining()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5})
  void refusesWhatIsCutOff(long seed) throws SpoolException {
    MetaBuffer out = new MetaBuffer(64);
    EnvelopeCodec.put(out, envelope(new Random(seed)));
    for (int length = 0; length < out.length(); length++) {
      ByteBuffer in = ByteBuffer.wrap(Arrays.copyOf(out.array(), length));
      assertThatThrownBy(() -> codec.envelope(in)).isInstanceOf(SpoolException.class);
    }
  }
}
