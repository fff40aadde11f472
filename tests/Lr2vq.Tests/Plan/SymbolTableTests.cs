using System.Linq;
using Lr2vq.Plans;
using Xunit;

namespace Lr2vq.Tests.Plan;

public sealed class SymbolTableTests
{
    [Fact]
    public void NamesBecomeIdentifiersThatDiffer()
    {
        var table = new SymbolTable();
        string[] texts = [.. new[] { "batch", "batch size", "batch-size", "0", "?", "max", "d0", "batch" }.Select(name => table.Named(name).ToString())];
        Assert.Equal(["batch", "batch_size", "batch_size_2", "n0", "n", "nmax", "d0", "batch"], texts);
        Assert.Equal("d1", table.Unknown().ToString());
        Assert.Equal(["batch", "batch size", "batch-size", "0", "?", "max", "d0", ""], table.Symbols.Select(symbol => symbol.Name));
    }
}
