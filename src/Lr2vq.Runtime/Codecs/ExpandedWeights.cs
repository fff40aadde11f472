namespace Lr2vq.Codecs;

/// <summary>Canonical rows [first, first + count), one after the other.</summary>
internal unsafe delegate void RowSource(int first, int count, float* rows);

/// <summary>fp32 weights that a format expands at load: in panels where kernels ask for those, else in rows.</summary>
internal static unsafe class ExpandedWeights
{
    /// <param name="payload">Its memory receives the weights.</param>
    /// <param name="source">Asked for all rows in order, at most sixteen at a time.</param>
    public static WeightTensor Of(in TensorPayload payload, RowSource source)
    {
        if (PanelTensor.Serves(payload)) return PanelTensor.Of(payload, source);
        CanonicalShape shape = payload.Canonical;
        long columns = (long)shape.Inputs * shape.KernelHeight * shape.KernelWidth;
        float* weights = payload.Memory.AllocateFloats(shape.Rows * columns);
        for (int first = 0; first < shape.Rows; first += PanelOrder.Lanes)
            source(first, System.Math.Min(PanelOrder.Lanes, shape.Rows - first), weights + first * columns);
        return DenseTensor.OfExpanded(payload, weights);
    }
}
