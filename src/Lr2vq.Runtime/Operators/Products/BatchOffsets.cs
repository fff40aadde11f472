namespace Lr2vq.Operators;

/// <summary>Where the matrices of a batch begin whose axes broadcast.</summary>
internal static class BatchOffsets
{
    /// <summary>For each element of the batch the number of the matrix that it takes.</summary>
    /// <param name="shape">An operand; its last two axes are a matrix.</param>
    /// <param name="batch">The axes of the result in front of its matrix.</param>
    public static long[] Of(int[] shape, int[] batch)
    {
        long count = 1;
        foreach (int length in batch) count *= length;
        var offsets = new long[count];
        int missing = batch.Length - (shape.Length - 2);
        for (long i = 0; i < count; i++)
        {
            long rest = i, step = 1;
            for (int axis = batch.Length - 1; axis >= missing; axis--)
            {
                int length = shape[axis - missing];
                if (length != 1) offsets[i] += rest % batch[axis] * step;
                rest /= batch[axis];
                step *= length;
            }
        }
        return offsets;
    }
}
