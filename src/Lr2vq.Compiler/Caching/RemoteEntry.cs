using System;
using System.IO;
using System.Linq;
using Lr2vq.Onnx;

namespace Lr2vq.Caching;

/// <summary>What a remote cache keeps under a key: an <c>ActionResult</c> of the Remote Execution API (protobuf), since servers of that kind check it. Its one output file is the
/// artifact, known by its SHA-256; its standard output is the report.</summary>
/// <param name="Sha256">SHA-256 of the artifact, 64 hex digits.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record RemoteEntry(string Sha256, long Bytes, CacheReport Report)
{
    private const int OutputFiles = 2, StandardOutput = 5, FilePath = 1, FileDigest = 2, DigestHash = 1, DigestBytes = 2;

    /// <summary>Longest entry that is read; the notes of a compression are a few hundred bytes.</summary>
    public const int MaxBytes = 1 << 20;

    public byte[] ToBytes()
    {
        WireWriter digest = new(), file = new(), result = new();
        digest.Text(DigestHash, Sha256);
        digest.Varint(DigestBytes, Bytes);
        file.Text(FilePath, "model.lr2vq");
        file.Message(FileDigest, digest);
        result.Message(OutputFiles, file);
        result.Bytes(StandardOutput, (Report with { Sha256 = Sha256, ArtifactBytes = Bytes }).ToJson());
        using MemoryStream bytes = new();
        result.WriteTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Null if this is no entry, or one that contradicts itself.</summary>
    public static RemoteEntry? TryParse(byte[] bytes)
    {
        string sha256 = "";
        long length = -1;
        CacheReport? report = null;
        try
        {
            WireReader wire = new(new Memory(bytes), 0, bytes.Length);
            while (wire.Next())
            {
                if (wire.Field == StandardOutput) report = CacheReport.TryParse(wire.Bytes(MaxBytes));
                else if (wire.Field == OutputFiles) (sha256, length) = ReadFile(wire);
                else wire.Skip();
            }
        }
        catch (WireException)
        {
            return null;
        }
        bool isSound = length > 0 && sha256.Length == 64 && sha256.All(char.IsAsciiHexDigitLower) && report is not null
            && report.Sha256 == sha256 && report.ArtifactBytes == length && report.Warnings.All(w => IsCode(w.Code));
        return isSound ? new RemoteEntry(sha256, length, report!) : null;
    }

    private static (string Sha256, long Bytes) ReadFile(WireReader wire)
    {
        string sha256 = "";
        long length = -1, outer = wire.Enter();
        while (wire.Next())
        {
            if (wire.Field != FileDigest)
            {
                wire.Skip();
                continue;
            }
            long outerFile = wire.Enter();
            while (wire.Next())
            {
                if (wire.Field == DigestHash) sha256 = wire.Text();
                else if (wire.Field == DigestBytes) length = wire.Int64();
                else wire.Skip();
            }
            wire.Leave(outerFile);
        }
        wire.Leave(outer);
        return (sha256, length);
    }

    /// <summary>Nobody may say through a cache what only a compiler says.</summary>
    private static bool IsCode(string code) => code.Length == 9 && code.StartsWith("LR2VQ", StringComparison.Ordinal) && code[5..].All(char.IsAsciiDigit);

    private sealed class Memory(byte[] bytes) : ByteSource
    {
        public override long Length => bytes.Length;

        public override void Read(long offset, byte[] buffer, int count) => Array.Copy(bytes, offset, buffer, 0, count);

        public override void Dispose() { }
    }
}
