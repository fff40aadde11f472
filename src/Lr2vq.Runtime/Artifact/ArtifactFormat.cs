using System;
using System.Buffers.Binary;

namespace Lr2vq.Artifacts;

/// <summary>The bytes of a <c>.lr2vq</c> file.</summary>
/// <remarks>Little-endian.
/// <code>
/// header, 64 bytes:
///    0  magic 89 'L' 'R' '2' 'V' 'Q' 0D 0A      damaged by transfers that change line ends, as in PNG
///    8  u16 format version
///   10  u16 lowest format version that a reader must know
///   12  u32 number of sections
///   16  u64 bytes of the whole file
///   24  hash of bytes 0–23, bytes 40–63 and the section table
///   40  24 zero bytes
/// section table, 40 bytes each:
///    0  u32 kind: four letters                  unknown kinds are skipped
///    4  u32 encoding: 0 as it is, 1 packed, 2 packed and coded (TextPacking; only meta and plan)
///    8  u64 offset, a multiple of 64
///   16  u64 length
///   24  hash of the section
/// sections: each followed by zero bytes up to the next multiple of 64 (none after the last)
/// </code>
/// A hash is SHA-256 cut to its first 16 bytes. A tensor's ranges lie in the sections <c>code</c>, <c>book</c> and <c>dens</c>; these
/// never come last, so that a vector load that begins in a range ends in the file.</remarks>
internal static class ArtifactFormat
{
    /// <summary>The version that is written. Version 2 has Plans whose expressions have more functions (<c>PlanText.SecondPlanHeader</c>); version 3 has
    /// them, names what the Plan says of tensors only there, and codes scales of rows and the Plan.</summary>
    public const int Version = 3;
    public const int HeaderBytes = 64, TableEntryBytes = 40, HashBytes = 16, Alignment = 64;
    public const int MaximumSections = 64;
    /// <summary>Encodings of a section: as it is, or one of <see cref="TextPacking"/>.</summary>
    public const uint PlainEncoding = 0, PackedEncoding = 1, CodedEncoding = 2;
    /// <summary>Bytes that can be read beyond the end of every range of a tensor.</summary>
    public const int ReadableBeyond = 64;
    /// <summary>Ranges from this length on begin at a multiple of 64.</summary>
    public const int AlignedRangeBytes = 4096;

    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'L', (byte)'R', (byte)'2', (byte)'V', (byte)'Q', 0x0D, 0x0A];

    public static long Align(long offset) => checked(offset + Alignment - 1) & -Alignment;

    public static uint Kind(ReadOnlySpan<byte> letters) => BinaryPrimitives.ReadUInt32LittleEndian(letters);

    /// <summary>The name used in messages.</summary>
    public static string Name(uint kind)
    {
        if (kind == Tensors) return "tensors";
        if (kind == Codes) return "codes";
        if (kind == Codebooks) return "codebooks";
        if (kind == Dense) return "dense";
        if (kind == Forms) return "forms";
        if (kind == Skeleton) return "skeleton";
        if (kind == Meta) return "meta";
        return kind == Plan ? "plan" : Letters(kind);
    }

    private static string Letters(uint kind)
    {
        Span<char> letters = stackalloc char[4];
        for (int i = 0; i < 4; i++)
        {
            char c = (char)(kind >> (8 * i) & 0xFF);
            letters[i] = c is >= ' ' and <= '~' ? c : '?';
        }
        return new string(letters);
    }

    public static readonly uint Meta = Kind("meta"u8), Plan = Kind("plan"u8), Tensors = Kind("tens"u8), Codes = Kind("code"u8),
        Codebooks = Kind("book"u8), Dense = Kind("dens"u8), Skeleton = Kind("skel"u8), Forms = Kind("form"u8);
}
