using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Onnx;
using Lr2vq.Plans;

namespace Lr2vq.Export;

/// <summary>The model in an artifact with its tensors put back: what the back end of ONNX Runtime computes, as a file.</summary>
internal static class SkeletonExport
{
    private const int GraphField = 7, InitializerField = 5;

    /// <param name="artifact">The artifact.</param>
    /// <param name="skeleton">Its model.</param>
    /// <param name="path">The file to write; above 2 GB the tensors go to a file beside it.</param>
    /// <param name="cancellation">Ends the work soon, without a partial file.</param>
    /// <exception cref="FormatException">The model is damaged.</exception>
    public static void Write(ArtifactReader artifact, ArtifactSkeleton skeleton, string path, CancellationToken cancellation)
    {
        Dictionary<long, int> weights = [];
        for (int i = 0; i < skeleton.Types.Count; i++)
            if (skeleton.Types[i] != ElementType.Undefined) weights.TryAdd(skeleton.Offsets[i], i);
        byte[] model = skeleton.Model.ToArray();
        try
        {
            OnnxWriter.Write(external => Copy(model, 0, model.Length, isModel: true, Tensor(external)), path, external: false, cancellation);
        }
        catch (WireException e)
        {
            throw new FormatException("its skeleton is damaged: " + e.Message, e);
        }

        // The tensor at that place, where it is one of the artifact's.
        Func<WireReader, WireWriter?> Tensor(IExternalTensors? external) => reader => Read(reader) is { } found && weights.TryGetValue(found.Offset, out int index)
            ? OnnxWriter.Tensor(Of(artifact, artifact.Plan.Weights[index], skeleton.Types[index], found.Name, found.Dims), external)
            : null;
    }

    private static OnnxTensor Of(ArtifactReader artifact, PlanWeight weight, ElementType type, string name, long[] dims)
    {
        try
        {
            long given = 1, stored = 1;
            foreach (long dimension in dims) given = checked(given * (dimension < 0 ? throw new OverflowException() : dimension));
            foreach (int dimension in weight.Shape) stored = checked(stored * dimension);
            if (given == stored) return new OnnxTensor(name, (int)type, dims, new ArtifactTensorPayload(artifact, weight, type));
        }
        catch (OverflowException)
        {
            // Said below.
        }
        throw new FormatException($"the tensor '{name}' has other dimensions in the skeleton than in the Plan");
    }

    /// <summary>Copies a message; of the graph's initializers some become others.</summary>
    private static WireWriter Copy(byte[] model, long start, long end, bool isModel, Func<WireReader, WireWriter?> tensorOf)
    {
        var copy = new WireWriter();
        var wire = new WireReader(new MemorySource(model), start, end);
        for (long field = wire.Position; wire.Next(); field = wire.Position)
        {
            int number = wire.Field;
            if (number != (isModel ? GraphField : InitializerField) || !wire.IsDelimited)
            {
                wire.Skip();
                copy.Raw(model.AsSpan((int)field, (int)(wire.Position - field)));
                continue;
            }
            (long offset, long length) = wire.Range();
            if (isModel) copy.Message(number, Copy(model, offset, offset + length, isModel: false, tensorOf));
            else if (tensorOf(new WireReader(new MemorySource(model), offset, offset + length)) is { } tensor) copy.Message(number, tensor);
            else copy.Raw(model.AsSpan((int)field, (int)(wire.Position - field)));
        }
        return copy;
    }

    /// <summary>Name, dimensions and place of a tensor that the artifact holds; null for others.</summary>
    private static (string Name, long[] Dims, long Offset)? Read(WireReader wire)
    {
        string name = "";
        var place = new Dictionary<string, string>(StringComparer.Ordinal);
        List<long> dims = [];
        while (wire.Next())
        {
            switch (wire.Field)
            {
                case 1: wire.Int64s(dims); break;
                case 8: name = wire.Text(); break;
                case 13: TensorParser.KeyValue(wire, place); break;
                default: wire.Skip(); break;
            }
        }
        if (place.GetValueOrDefault("location") != ArtifactSkeleton.Location) return null;
        return long.TryParse(place.GetValueOrDefault("offset"), NumberStyles.None, CultureInfo.InvariantCulture, out long at) ? (name, [.. dims], at) : null;
    }

    private sealed class MemorySource(byte[] bytes) : ByteSource
    {
        public override long Length => bytes.Length;

        public override void Read(long offset, byte[] buffer, int count) => bytes.AsSpan((int)offset, count).CopyTo(buffer);

        public override void Dispose()
        {
        }
    }
}
