namespace Lr2vq.Codecs;

/// <summary>Lengths come from the file; every codec compares them with what its parameters ask for.</summary>
internal static class PayloadChecks
{
    public static void ExpectCodes(this in TensorPayload payload, long expected) => Expect(payload, "codes", payload.CodesLength, expected);

    public static void ExpectCodebook(this in TensorPayload payload, long expected) => Expect(payload, "codebook", payload.CodebookLength, expected);

    public static void ExpectDense(this in TensorPayload payload, long expected) => Expect(payload, "dense values", payload.DenseLength, expected);

    private static void Expect(in TensorPayload payload, string range, long actual, long expected)
    {
        if (actual != expected) throw payload.Invalid($"has {actual} bytes of {range}, its parameters ask for {expected}");
    }
}
