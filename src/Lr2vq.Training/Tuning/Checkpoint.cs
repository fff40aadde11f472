using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Plans;
using static TorchSharp.torch;

namespace Lr2vq.Training.Tuning;

/// <summary>The file that a training goes on from: numbers of the trainer, tensors by name, the optimizer's own state, the best weights so far. Written beside its name and renamed;
/// a damaged one, or one of another training, is as none.</summary>
internal static class Checkpoint
{
    private const string Magic = "LR2VQTR1";

    /// <param name="path">The file.</param>
    /// <param name="key">What it is a checkpoint of.</param>
    /// <param name="write">Writes the rest.</param>
    public static void Write(string path, string key, Action<BinaryWriter> write)
    {
        using TemporaryFile file = new(path);
        using (FileStream stream = file.Create())
        using (SHA256 hash = SHA256.Create())
        {
            using (CryptoStream hashed = new(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
            using (BinaryWriter to = new(hashed, Encoding.UTF8))
            {
                to.Write(Magic);
                to.Write(key);
                write(to);
            }
            stream.Write(hash.Hash!);
            stream.Flush(flushToDisk: true);
        }
        file.Keep();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>False if there is no such file, or it is damaged or that of another training.</returns>
    public static bool TryRead(string path, string key, Action<BinaryReader> read)
    {
        if (!File.Exists(path)) return false;
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < SHA256.HashSizeInBytes || !SHA256.HashData(bytes.AsSpan(..^SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(^SHA256.HashSizeInBytes..))) return false;
        using BinaryReader from = new(new MemoryStream(bytes, 0, bytes.Length - SHA256.HashSizeInBytes), Encoding.UTF8);
        if (from.ReadString() != Magic || from.ReadString() != key) return false;
        read(from);
        return true;
    }

    public static void Write(BinaryWriter to, IReadOnlyList<(string Name, Tensor Values)> tensors)
    {
        to.Write(tensors.Count);
        foreach ((string name, Tensor values) in tensors)
        {
            using Tensor plain = values.detach().cpu().contiguous();
            to.Write(name);
            to.Write((int)plain.dtype);
            to.Write(plain.bytes.Length);
            to.Write(plain.bytes);
        }
    }

    /// <summary>Copies values into tensors of the same names and lengths.</summary>
    /// <exception cref="InvalidDataException">The tensors are others.</exception>
    public static void Read(BinaryReader from, IReadOnlyList<(string Name, Tensor Values)> tensors)
    {
        using var off = no_grad();
        if (from.ReadInt32() != tensors.Count) throw new InvalidDataException("the checkpoint has other tensors");
        foreach ((string name, Tensor values) in tensors)
        {
            if (from.ReadString() != name || from.ReadInt32() != (int)values.dtype) throw new InvalidDataException($"the checkpoint has another tensor for {name}");
            byte[] bytes = from.ReadBytes(from.ReadInt32());
            using Tensor plain = empty(values.shape, values.dtype);
            if (plain.bytes.Length != bytes.Length) throw new InvalidDataException($"the checkpoint has another length of {name}");
            bytes.CopyTo(plain.bytes);
            values.copy_(plain);
        }
    }

    public static void Write(BinaryWriter to, IReadOnlyList<EncodedTensor> tensors)
    {
        to.Write(tensors.Count);
        foreach (EncodedTensor tensor in tensors)
        {
            to.Write(tensor.Name);
            foreach (int number in (int[])[(int)tensor.Role, (int)tensor.Type, tensor.Groups, (int)tensor.Format, tensor.Shape.Length, .. tensor.Shape]) to.Write(number);
            foreach (byte[] part in (byte[][])[tensor.Parameters, tensor.Codes, tensor.Codebook, tensor.Dense])
            {
                to.Write(part.Length);
                to.Write(part);
            }
            to.Write(tensor.RelativeError);
        }
    }

    public static EncodedTensor[] ReadEncoded(BinaryReader from)
    {
        return [.. Enumerable.Range(0, from.ReadInt32()).Select(_ =>
        {
            string name = from.ReadString();
            int role = from.ReadInt32(), type = from.ReadInt32(), groups = from.ReadInt32(), format = from.ReadInt32();
            int[] shape = new int[from.ReadInt32()];
            for (int i = 0; i < shape.Length; i++) shape[i] = from.ReadInt32();
            byte[][] parts = new byte[4][];
            for (int i = 0; i < parts.Length; i++) parts[i] = from.ReadBytes(from.ReadInt32());
            return new EncodedTensor(name, (WeightRole)role, (ElementType)type, shape, groups, (TensorFormat)format, parts[0], parts[1], parts[2], parts[3]) { RelativeError = from.ReadSingle() };
        })];
    }
}
