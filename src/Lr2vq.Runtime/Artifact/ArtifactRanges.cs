namespace Lr2vq.Artifacts;

/// <summary>Where the bytes of every tensor go.</summary>
internal sealed class ArtifactRanges(int count)
{
    public long CodesLength, CodebooksLength, DenseLength;
    public byte[] Directory = [];
    public readonly SectionRange[] Codes = new SectionRange[count], Codebooks = new SectionRange[count], Dense = new SectionRange[count];
    /// <summary>True where the codebook is already stored for an earlier tensor.</summary>
    public readonly bool[] IsShared = new bool[count];

    /// <summary>The place of <paramref name="length"/> bytes at the end of a section that grows by them.</summary>
    public SectionRange Place(ref long sectionLength, long length)
    {
        if (length == 0) return default;
        long offset = length >= ArtifactFormat.AlignedRangeBytes ? ArtifactFormat.Align(sectionLength) : sectionLength;
        sectionLength = checked(offset + length);
        return new SectionRange(offset, length);
    }
}
