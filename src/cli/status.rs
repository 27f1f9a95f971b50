//! The flags of `baseload status`.

use std::path::PathBuf;

use clap::Args;

/// One plain table.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Config file; the usual place where none is given.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// A feed, in place of the config's; give one for each.
    #[arg(long, value_name = "URL")]
    pub feed: Vec<String>,
    /// Only this site, by its id or name.
    #[arg(long, value_name = "S")]
    pub site: Option<String>,
    /// One JSON object a report in place of the table; figures in W, H/s, mHz, ms.
    #[arg(long)]
    pub json: bool,
    /// Goes on with a report each --interval until it is ended.
    #[arg(long)]
    pub watch: bool,
    /// Seconds between two reports.
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = interval)]
    pub interval: f64,
    /// Seconds that the first report waits for feeds that are not there yet.
    #[arg(long, value_name = "S", default_value_t = 5.0, value_parser = wait)]
    pub wait: f64,
}

impl StatusArgs {
    /// One report on what a console would show.
    pub fn of_console(args: &super::ConsoleArgs) -> Self {
        Self {
            config: args.config.clone(),
            feed: args.feed.clone(),
            site: None,
            json: false,
            watch: false,
            interval: 5.0,
            wait: 5.0,
        }
    }
}

fn interval(text: &str) -> Result<f64, String> {
    seconds(text, 0.5, 3_600.0)
}

fn wait(text: &str) -> Result<f64, String> {
    seconds(text, 0.1, 600.0)
}

fn seconds(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let value: f64 = text
        .parse()
        .map_err(|_| format!("`{text}` is no number of seconds"))?;
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(format!("must be {least} to {most} seconds"))
    }
}
