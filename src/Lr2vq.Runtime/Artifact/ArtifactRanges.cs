using System.Collections.Generic;
using Lr2vq.Codecs;

namespace Lr2vq.Artifacts;

/// <summary>Where the bytes of every tensor go.</summary>
internal sealed class ArtifactRanges(int count)
{
    public byte[] Directory = [];
    public readonly SectionLayout Codes = new(count), Codebooks = new(count), Dense = new(count);
}

/// <summary>The ranges of one section, one after the other; equal contents share one.</summary>
internal sealed class SectionLayout(int count)
{
    private readonly Dictionary<object, SectionRange> _stored = [];

    public long Length { get; private set; }
    public SectionRange[] Ranges { get; } = new SectionRange[count];
    /// <summary>True where an earlier tensor has the same range.</summary>
    public bool[] IsShared { get; } = new bool[count];

    /// <summary>Gives the range of a tensor its place: that of an equal one, or the end of the section.</summary>
    public SectionRange Place(int tensor, StoredRange range)
    {
        if (range.Length == 0) return default;
        if (range.Content is { } content)
        {
            IsShared[tensor] = _stored.TryGetValue(content, out SectionRange known);
            if (IsShared[tensor]) return Ranges[tensor] = known;
        }
        long offset = range.Length >= ArtifactFormat.AlignedRangeBytes ? ArtifactFormat.Align(Length) : Length;
        Length = checked(offset + range.Length);
        Ranges[tensor] = new SectionRange(offset, range.Length);
        if (range.Content is not null) _stored.Add(range.Content, Ranges[tensor]);
        return Ranges[tensor];
    }
}
