using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Lr2vq.Codecs.Entropy;
using Lr2vq.Kernels;
using Lr2vq.Memory;

namespace Lr2vq.Codecs;

/// <summary>Subvectors along the rows as sparse sums of the atoms of a small dictionary; expanded to fp32 when it is opened.</summary>
/// <remarks><c>w[r, s·m + t] = scale[r] · step · Σₖ level[r, s, k] · atom[k, t]</c>, summed over the levels other than 0 in the order of k, so every
/// machine has the same bits. Zeros are a level like others: the entropy code of an atom's levels spends on where they are and on what they are
/// what both take together.
/// Parameters: m u16, atoms u16, step f32, multiplier f32. Codes: <see cref="LevelCoder"/>, the subvectors of a row in place of its inputs and the
/// atoms in place of the taps, with frequencies for each atom. Codebook: f16[atoms], i8[atoms · m]. Dense: f16[rows] (<see cref="RowScales"/>).</remarks>
internal static unsafe class SparseTensor
{
    /// <summary>Longest subvector, and largest dictionary.</summary>
    public const int MaxM = 128, MaxAtoms = 256;

    /// <summary>Bytes of the parameters.</summary>
    public const int ParameterBytes = 12;

    /// <summary>Largest |level|.</summary>
    public const int LargestLevel = sbyte.MaxValue;

    private const int Lanes = 8;

    /// <summary>Subvectors as inputs, atoms as taps.</summary>
    public static PanelOrder OrderOf(CanonicalShape shape, int m, int atoms) =>
        new(shape.Rows, (int)(((long)shape.Inputs * shape.KernelHeight * shape.KernelWidth + m - 1) / m), atoms);

    /// <summary>Bytes of the dictionary.</summary>
    public static long CodebookBytes(int m, int atoms) => atoms * (2L + m);

    /// <summary>Packs what a method found.</summary>
    /// <param name="models">Frequencies for each atom.</param>
    public static EncodedTensor Pack(TensorIdentity identity, SparseFactors factors, SymbolModel[] models)
    {
        int atoms = factors.AtomScales.Length;
        PanelOrder order = OrderOf(identity.Canonical, factors.M, atoms);
        byte[] parameters = new byte[ParameterBytes], codebook = new byte[CodebookBytes(factors.M, atoms)], dense = new byte[RowScales.BytesPerScale * order.Rows];
        BinaryPrimitives.WriteUInt16LittleEndian(parameters, (ushort)factors.M);
        BinaryPrimitives.WriteUInt16LittleEndian(parameters.AsSpan(2), (ushort)atoms);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(4), factors.Step);
        BinaryPrimitives.WriteSingleLittleEndian(parameters.AsSpan(8), RowScales.Pack((float[])factors.RowScales.Clone(), dense));
        for (int k = 0; k < atoms; k++) BinaryPrimitives.WriteHalfLittleEndian(codebook.AsSpan(2 * k), (Half)factors.AtomScales[k]);
        MemoryMarshal.AsBytes<sbyte>(factors.Atoms).CopyTo(codebook.AsSpan(2 * atoms));
        return identity.With(TensorFormat.Sparse, parameters, LevelCoder.Pack(InOrder(factors.Levels, order), order, models), codebook, dense);
    }

    /// <summary>From [rows, subvectors, atoms] to the order of the file.</summary>
    public static short[] InOrder(ReadOnlySpan<sbyte> levels, PanelOrder order)
    {
        short[] ordered = new short[order.StoredLength];
        int at = 0;
        for (int row = 0; row < order.Rows; row++)
            for (int s = 0; s < order.Inputs; s++)
                for (int k = 0; k < order.Taps; k++) ordered[order.IndexOf(row, s, k)] = levels[at++];
        return ordered;
    }

    /// <summary>What the parameters say.</summary>
    public static TensorDescription Describe(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        int m = reader.UInt16("subvector length", 1, MaxM), atoms = reader.UInt16("number of atoms", 1, MaxAtoms);
        return new TensorDescription { Method = "qswd", K = [atoms], M = m, Step = reader.Single("step"), Encoding = "int8", Axis = SliceAxis.Spatial, IsScaled = true };
    }

    public static WeightTensor Open(in TensorPayload payload)
    {
        var reader = new ParameterReader(payload);
        int m = reader.UInt16("subvector length", 1, MaxM), atoms = reader.UInt16("number of atoms", 1, MaxAtoms);
        float step = reader.Single("step"), multiplier = reader.Single("multiplier");
        reader.End();
        PanelOrder order = OrderOf(payload.Canonical, m, atoms);
        payload.ExpectCodebook(CodebookBytes(m, atoms));
        payload.ExpectDense((long)RowScales.BytesPerScale * order.Rows);
        using var memory = new NativeArena();
        TensorPayload own = payload;
        own.Memory = memory;
        float* scales = RowScales.Open(own, payload.DenseData, order.Rows, multiplier * step);
        int pitch = (m + Lanes - 1) / Lanes * Lanes;
        float* dictionary = memory.AllocateFloats((long)atoms * pitch);
        for (int k = 0; k < atoms; k++)
        {
            float scale = (float)BinaryPrimitives.ReadHalfLittleEndian(payload.Codebook[(2 * k)..]);
            if (!float.IsFinite(scale)) throw payload.Invalid("has a scale that is not finite");
            for (int t = 0; t < m; t++) dictionary[k * pitch + t] = scale * (sbyte)payload.CodebookData[2 * atoms + k * m + t];
        }
        sbyte* levels = (sbyte*)LevelCoder.Open(own, order, atoms, bytesPerLevel: 1);
        int columns = payload.Canonical.Inputs * payload.Canonical.KernelHeight * payload.Canonical.KernelWidth;
        return ExpandedWeights.Of(payload, (first, count, rows) =>
        {
            float* sum = stackalloc float[MaxM];
            for (int row = first; row < first + count; row++)
                for (int s = 0; s < order.Inputs; s++)
                {
                    Add(levels, order, row, s, dictionary, pitch, sum);
                    int length = Math.Min(m, columns - s * m);
                    float* to = rows + (long)(row - first) * columns + (long)s * m;
                    for (int t = 0; t < length; t++) to[t] = scales[row] * sum[t];
                }
        });
    }

    /// <summary>sum = Σₖ level · atom of one subvector; products and sums one after the other, never fused.</summary>
    [MethodImpl(Compile.Loop)]
    private static void Add(sbyte* levels, PanelOrder order, int row, int s, float* dictionary, int pitch, float* sum)
    {
        for (int t = 0; t < pitch; t += Lanes) Vector256<float>.Zero.Store(sum + t);
        for (int k = 0; k < order.Taps; k++)
        {
            sbyte level = levels[order.IndexOf(row, s, k)];
            if (level == 0) continue;
            Vector256<float> factor = Vector256.Create((float)level);
            float* atom = dictionary + (long)k * pitch;
            for (int t = 0; t < pitch; t += Lanes) (Vector256.Load(sum + t) + factor * Vector256.Load(atom + t)).Store(sum + t);
        }
    }
}
