using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Lr2vq.Codecs;
using Lr2vq.Diagnostics;
using Lr2vq.Memory;
using Lr2vq.Plans;

namespace Lr2vq.Artifacts;

/// <summary>An artifact, read in place. Opening checks header, hashes, directory and the syntax of the Plan; payloads are checked by the codec
/// that opens them.</summary>
internal sealed unsafe class ArtifactReader : WeightStore
{
    private readonly ArtifactMemory _memory;
    private readonly List<Section> _sections = [];
    private readonly Dictionary<string, TensorEntry> _byName = new(StringComparer.Ordinal);
    private Plan? _plan;
    private int _version;
    private IReadOnlyList<StepForms> _forms = [];
    private ArtifactSkeleton? _skeleton;

    private ArtifactReader(ArtifactMemory memory) => _memory = memory;

    /// <summary>Bytes of the whole file.</summary>
    public override long Length => _memory.Length;

    /// <summary>What messages call the artifact.</summary>
    public override string Name => _memory.Name;

    public ArtifactMeta Meta { get; private set; } = ArtifactMeta.Empty;
    public string PlanText { get; private set; } = "";
    public override Plan Plan => _plan!;
    /// <summary>In the order of the directory.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; private set; } = [];
    /// <summary>In the order of their steps; empty if the artifact leaves all to the run time.</summary>
    public override IReadOnlyList<StepForms> Forms => _forms;

    /// <summary>The model for ONNX Runtime; null if the artifact has none.</summary>
    /// <exception cref="InvalidArtifactException">The section contradicts the Plan.</exception>
    public ArtifactSkeleton? Skeleton => FindSection(ArtifactFormat.Skeleton) is null ? null : _skeleton ??= ArtifactSkeleton.Read(Required(ArtifactFormat.Skeleton).ToArray(), Plan);

    /// <summary>Opens an artifact; the reader owns the memory from then on, and frees it if it throws.</summary>
    /// <param name="verifyHashes">False skips the pass over codes, codebooks and dense values; the small sections are always verified.</param>
    /// <exception cref="InvalidArtifactException">The artifact cannot be used.</exception>
    public static ArtifactReader Open(ArtifactMemory memory, bool verifyHashes = true)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Lr2vq needs a little-endian machine");
        ArtifactReader reader = new(memory);
        try
        {
            reader.ReadHeader();
            reader.ReadSections(verifyHashes);
            return reader;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public override TensorEntry? Find(string name) => _byName.GetValueOrDefault(name);

    public override TensorPayload Payload(TensorEntry entry, NativeArena arena) => new()
    {
        Name = entry.Name,
        Role = entry.Role,
        Type = entry.Type,
        Shape = entry.Shape,
        Groups = entry.Groups,
        Format = entry.Format,
        Memory = arena,
        ParametersData = At(ArtifactFormat.Tensors, entry.Parameters),
        ParametersLength = (int)entry.Parameters.Length,
        CodesData = At(ArtifactFormat.Codes, entry.Codes),
        CodesLength = entry.Codes.Length,
        CodebookData = At(ArtifactFormat.Codebooks, entry.Codebook),
        CodebookLength = entry.Codebook.Length,
        DenseData = At(ArtifactFormat.Dense, entry.Dense),
        DenseLength = entry.Dense.Length,
    };

    /// <summary>Bytes of a section; 0 if it is not there.</summary>
    public long SectionLength(uint kind) => FindSection(kind)?.Length ?? 0;

    public override void Dispose() => _memory.Dispose();

    private byte* At(uint kind, SectionRange range) =>
        FindSection(kind) is { } section ? _memory.Data + section.Offset + range.Offset : _memory.Data;

    private Section? FindSection(uint kind)
    {
        foreach (Section section in _sections)
            if (section.Kind == kind) return section;
        return null;
    }

    private void ReadHeader()
    {
        ReadOnlySpan<byte> magic = ArtifactFormat.Magic;
        ReadOnlySpan<byte> start = Bytes(0, (int)Math.Min(Length, ArtifactFormat.HeaderBytes));
        if (start.Length < magic.Length || !start[..magic.Length].SequenceEqual(magic))
            throw new InvalidArtifactException(DiagnosticCatalogue.NotAnArtifact.At(new(File: Name), Name, WhatIsIt(start)));
        if (start.Length < ArtifactFormat.HeaderBytes)
            throw new InvalidArtifactException(DiagnosticCatalogue.ArtifactLength.At(new(File: Name), Length, "at least 64"));
        int minimum = BinaryPrimitives.ReadUInt16LittleEndian(start[10..]);
        _version = BinaryPrimitives.ReadUInt16LittleEndian(start[8..]);
        if (minimum > ArtifactFormat.Version)
            throw new InvalidArtifactException(DiagnosticCatalogue.NewerArtifact.At(new(File: Name), minimum, ArtifactFormat.Version));
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start[16..]);
        if (length != (ulong)Length) throw new InvalidArtifactException(DiagnosticCatalogue.ArtifactLength.At(new(File: Name), Length, length));
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(start[12..]);
        if (count > ArtifactFormat.MaximumSections || ArtifactFormat.HeaderBytes + ArtifactFormat.TableEntryBytes * (long)count > Length)
            throw Wrong("header", FormattableString.Invariant($"it names {count} sections"));
        int table = ArtifactFormat.HeaderBytes + ArtifactFormat.TableEntryBytes * (int)count;
        ReadOnlySpan<byte> header = Bytes(0, table);
        if (ArtifactWriter.HeaderHash(header, (int)count) != BinaryPrimitives.ReadUInt128LittleEndian(header[24..]))
            throw new InvalidArtifactException(DiagnosticCatalogue.SectionHash.At(new(File: Name), "header"));
        CheckGap(table, "header");

        for (int i = 0; i < (int)count; i++)
        {
            ReadOnlySpan<byte> entry = header[(ArtifactFormat.HeaderBytes + i * ArtifactFormat.TableEntryBytes)..];
            Section section = new(BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadUInt128LittleEndian(entry[24..]));
            string name = ArtifactFormat.Name(section.Kind);
            if (section.Offset < table || section.Offset % ArtifactFormat.Alignment != 0 || section.Length < 0
                || section.Offset > Length || section.Length > Length - section.Offset)
                throw Wrong(name, FormattableString.Invariant($"its place, {section.Offset} + {section.Length}, is not in the file of {Length} bytes"));
            CheckGap(section.Offset + section.Length, name);
            if (FindSection(section.Kind) is not null) throw Wrong(name, "it is there twice");
            _sections.Add(section);
        }
    }

    /// <summary>What follows a section up to the next multiple of 64 is zero, so that no bit of the file goes unchecked.</summary>
    private void CheckGap(long end, string section)
    {
        long next = Math.Min(ArtifactFormat.Align(end), Length);
        if (Bytes(end, (int)(next - end)).ContainsAnyExcept((byte)0)) throw Wrong(section, "other bytes than zeros follow it");
    }

    private void ReadSections(bool verifyHashes)
    {
        foreach (Section section in _sections)
        {
            bool isPayload = section.Kind == ArtifactFormat.Codes || section.Kind == ArtifactFormat.Codebooks
                || section.Kind == ArtifactFormat.Dense;
            bool isKnown = isPayload || section.Kind == ArtifactFormat.Meta || section.Kind == ArtifactFormat.Plan
                || section.Kind == ArtifactFormat.Tensors || section.Kind == ArtifactFormat.Forms || section.Kind == ArtifactFormat.Skeleton;
            string name = ArtifactFormat.Name(section.Kind);
            if (!isKnown) continue;
            if (section.Encoding > (section.Kind == ArtifactFormat.Meta || section.Kind == ArtifactFormat.Plan || section.Kind == ArtifactFormat.Skeleton
                ? ArtifactFormat.CodedEncoding : ArtifactFormat.PlainEncoding)) throw Wrong(name, "its encoding is not known");
            if (isPayload && Length - section.Offset - section.Length < ArtifactFormat.ReadableBeyond) throw Wrong(name, "it ends at the end of the file");
            if (isPayload && !verifyHashes) continue;
            if (Sha256.Short(_memory.Data + section.Offset, section.Length) != section.Hash)
                throw new InvalidArtifactException(DiagnosticCatalogue.SectionHash.At(new(File: Name), name));
        }
        Meta = ArtifactMeta.FromJson(Required(ArtifactFormat.Meta));
        ReadPlan();
        if (FindSection(ArtifactFormat.Forms) is not null) _forms = ArtifactForms.Read(Required(ArtifactFormat.Forms), Plan);
        TensorEntry[] entries = ArtifactDirectory.Read(
            FindSection(ArtifactFormat.Tensors) is null ? [0] : Required(ArtifactFormat.Tensors),
            SectionLength(ArtifactFormat.Codes), SectionLength(ArtifactFormat.Codebooks), SectionLength(ArtifactFormat.Dense), _version >= 3 ? Plan.Weights : null);
        Tensors = entries;
        foreach (TensorEntry entry in entries) _byName.Add(entry.Name, entry);
    }

    private void ReadPlan()
    {
        try
        {
            PlanText = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Required(ArtifactFormat.Plan));
            _plan = Plans.PlanText.Parse(PlanText);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or ArithmeticException)
        {
            throw new InvalidArtifactException(DiagnosticCatalogue.InvalidPlan.At(new(File: Name), e.Message), e);
        }
    }

    private ReadOnlySpan<byte> Required(uint kind)
    {
        string name = ArtifactFormat.Name(kind);
        Section section = FindSection(kind) ?? throw new InvalidArtifactException(DiagnosticCatalogue.MissingSection.At(new(File: Name), name));
        if (section.Length > int.MaxValue) throw Wrong(name, "it is too long");
        ReadOnlySpan<byte> bytes = Bytes(section.Offset, (int)section.Length);
        return section.Encoding == ArtifactFormat.PlainEncoding ? bytes : TextPacking.Unpack(bytes, section.Encoding, name);
    }

    private ReadOnlySpan<byte> Bytes(long offset, int length) => new(_memory.Data + offset, length);

    private InvalidArtifactException Wrong(string section, string what) =>
        new(DiagnosticCatalogue.InvalidSection.At(new(File: Name), section, what));

    private static string WhatIsIt(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty) return "it is empty";
        if (start.StartsWith("version https://git-lfs"u8)) return "it is a Git LFS pointer (fetch the file with 'git lfs pull')";
        if (start.StartsWith("PK"u8)) return "it is a ZIP archive";
        if (start[0] == 8) return "it may be an .onnx model";
        return "it begins with the bytes " + Convert.ToHexString(start[..Math.Min(8, start.Length)]);
    }

    private sealed record Section(uint Kind, uint Encoding, long Offset, long Length, UInt128 Hash);
}
