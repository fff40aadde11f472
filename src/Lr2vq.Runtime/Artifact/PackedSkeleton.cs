namespace Lr2vq.Artifacts;

/// <summary>The section <c>skeleton</c> as a file has it; packed once, since lengths are asked for many times.</summary>
internal sealed record PackedSkeleton(byte[] Bytes, uint Encoding)
{
    /// <param name="section">What <see cref="ArtifactSkeleton.Write"/> made.</param>
    public static PackedSkeleton Of(byte[] section)
    {
        (byte[] bytes, uint encoding) = TextPacking.Pack(section);
        // Readers refuse what grows too much; a model of zeros stays as it is.
        return bytes.Length < section.Length && TextPacking.Allows(section.Length, bytes.Length) ? new(bytes, encoding) : new(section, ArtifactFormat.PlainEncoding);
    }
}
